"""Requests that are answered before GraphQL comes into it."""

from collections.abc import Mapping


class Refusal(Exception):
    """Why a request is none that this endpoint serves: an HTTP status, and one GraphQL error as its body."""

    def __init__(
        self, status: int, message: str, *, code: str = "BAD_USER_INPUT", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.headers = headers

    @property
    def errors(self) -> list[dict[str, object]]:
        """As they go over the wire."""
        return [{"message": self.message, "extensions": {"code": self.code}}]


class Unauthenticated(Refusal):
    """No token, or one that is not good (RFC 6750). `message` says which, and nothing of the token."""

    def __init__(self, message: str) -> None:
        super().__init__(401, message, code="UNAUTHENTICATED", headers={"WWW-Authenticate": "Bearer"})
