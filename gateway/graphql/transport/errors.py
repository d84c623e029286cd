"""Requests that are answered before GraphQL comes into it."""

from collections.abc import Mapping


class RequestError(Exception):
    """Why a request is none that this endpoint serves: an HTTP status, and one GraphQL error as its body.

    `reason` distinguishes failures of one `code`, for clients that act on the difference.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str = "BAD_USER_INPUT",
        reason: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.reason = reason
        self.headers = headers

    @property
    def errors(self) -> list[dict[str, object]]:
        """As they go over the wire."""
        reason = {} if self.reason is None else {"reason": self.reason}
        return [{"message": self.message, "extensions": {"code": self.code, **reason}}]


class Unauthenticated(RequestError):
    """No token, or one that is not good (RFC 6750). `message` says which, and nothing of the token."""

    def __init__(self, message: str, *, reason: str | None = None) -> None:
        headers = {"WWW-Authenticate": "Bearer"}
        super().__init__(401, message, code="UNAUTHENTICATED", reason=reason, headers=headers)


class TokenExpired(Unauthenticated):
    """A token that was good until it expired: its client refreshes it and tries again."""

    REASON = "TOKEN_EXPIRED"

    def __init__(self) -> None:
        super().__init__("The token has expired.", reason=self.REASON)
