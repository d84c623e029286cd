"""The user on whose behalf an operation runs."""

from dataclasses import dataclass

from providers.domain.errors import Forbidden


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks. `user_id` is the operator's own; scopes are read, write and admin (both, for every user)."""

    user_id: str
    scopes: frozenset[str]

    def require(self, scope: str) -> None:
        """Raise Forbidden unless the viewer has the scope."""
        if not self.may(scope):
            raise Forbidden(f"This needs the scope {scope}.")

    def may(self, scope: str) -> bool:
        return scope in self.scopes or "admin" in self.scopes
