"""A context whose ports a test has made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from providers.domain.provider_view import ProviderView
from providers.domain.viewer import Viewer
from resolvers.context import Events, Loaders, Progress, Reads, Writes


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedContext:
    """Implements `resolvers.context.Context`."""

    viewer: Viewer
    providers: Mapping[str, ProviderView]
    load: Loaders
    read: Reads
    write: Writes
    events: Events
    progress: Progress
    now: Callable[[], datetime]
