"""The user on whose behalf an operation runs."""

from dataclasses import dataclass
from datetime import datetime

from providers.domain.errors import Forbidden
from providers.domain.text import can_identify

SCOPES = ("read", "write", "admin")


def is_user_id(text: str) -> bool:
    """Whether `text` may be a user's id: it is not blank, and can identify (see `can_identify`)."""
    return bool(text.strip()) and can_identify(text)


@dataclass(frozen=True, slots=True)
class Viewer:
    """The authenticated user. `user_id` is the operator's; `scopes` are some of `SCOPES`.

    The scope admin implies the others, and extends them to the objects of every user.
    """

    user_id: str
    scopes: frozenset[str]

    @property
    def is_admin(self) -> bool:
        return "admin" in self.scopes

    def may(self, scope: str) -> bool:
        return scope in self.scopes or self.is_admin

    def require(self, scope: str) -> None:
        """Raise Forbidden unless the viewer has `scope`."""
        if not self.may(scope):
            raise missing_scope(scope)


def missing_scope(scope: str) -> Forbidden:
    """Return the error of a viewer without `scope`."""
    return Forbidden(f"The scope {scope} is required.")


@dataclass(frozen=True, slots=True)
class Authenticated:
    """A viewer and the end of the authentication; `expires_at` is None if it never expires."""

    viewer: Viewer
    expires_at: datetime | None = None
