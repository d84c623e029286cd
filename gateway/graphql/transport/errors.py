"""Errors of requests that are answered before GraphQL executes them."""

from collections.abc import Mapping

from providers.domain.errors import DomainError, Unauthenticated


class RequestError(Exception):
    """A request that the endpoint refuses: an HTTP status, and one GraphQL error as the body.

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
        """Return the GraphQL errors of the response body."""
        reason = {} if self.reason is None else {"reason": self.reason}
        return [{"message": self.message, "extensions": {"code": self.code, **reason}}]


def authentication_refusal(error: DomainError) -> RequestError:
    """Return the error for a request that can't be authenticated.

    It is 401 with WWW-Authenticate (RFC 6750, section 3) for Unauthenticated, and 503 if the verification failed.
    """
    code = error.code.value
    if isinstance(error, Unauthenticated):
        headers = {"WWW-Authenticate": "Bearer"}
        return RequestError(401, error.message, code=code, reason=error.reason, headers=headers)
    return RequestError(503, error.message, code=code)
