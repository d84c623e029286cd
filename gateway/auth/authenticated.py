"""Who asks, and what they may do."""

from dataclasses import dataclass
from datetime import datetime

from providers.domain.viewer import Viewer

SCOPES = ("read", "write", "admin")


@dataclass(frozen=True, slots=True)
class Authenticated:
    """A viewer, and until when: None for ever."""

    viewer: Viewer
    expires_at: datetime | None = None
