"""Domain errors: every failure that a client may read about, grouped by what the caller can do.

    DomainError
    ├── ProviderError            an operation failed; `provider` names the provider, if one is involved
    │   ├── RetryLater               retry the same call later
    │   │   ├── Unavailable              unreachable, failing, or answering nonsense
    │   │   ├── RateLimited              too many calls; `retry_after` is the delay
    │   │   └── OutcomeUnknown           a write was sent and never answered
    │   ├── ConnectAgain             send the user to the provider
    │   │   └── NotAuthorized            expired tokens or a missing grant; `authorization_url` is the page
    │   ├── CorrectInput             change the input
    │   │   ├── InvalidInput             refused before a call was sent; `path` names the field
    │   │   ├── NotFound                 no such object
    │   │   ├── Conflict                 clashes with an existing object
    │   │   ├── IdempotencyMismatch      the key was used with other input
    │   │   └── Rejected                 refused by the provider
    │   └── GiveUp                   nothing helps
    │       └── NotSupported             the provider lacks the capability
    ├── StoreUnavailable         retry the same request later
    ├── Forbidden                use credentials with the scope
    ├── BadUserInput             change the argument that `path` names
    │   └── CursorExpired            query what is there, and subscribe after its feedCursor
    └── Unauthenticated          send other credentials
        └── TokenExpired             refresh the token, then retry

Plug-ins raise ProviderErrors alone. A mutation reports ProviderError and Forbidden in its `userErrors`; every other
error of the tree is a GraphQL error, or the answer to the whole request (Unauthenticated).

Messages are shown to end users. They contain no secret, no URL with a query, and no traceback.
"""

from enum import Enum


class ErrorCode(Enum):
    """Codes of failed operations: the `ErrorCode` of the GraphQL schema."""

    INVALID_INPUT = "INVALID_INPUT"
    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    NOT_AUTHORIZED = "NOT_AUTHORIZED"
    NOT_SUPPORTED = "NOT_SUPPORTED"
    CONFLICT = "CONFLICT"
    REJECTED = "REJECTED"
    RATE_LIMITED = "RATE_LIMITED"
    UNAVAILABLE = "UNAVAILABLE"
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"
    IDEMPOTENCY_MISMATCH = "IDEMPOTENCY_MISMATCH"


class RequestErrorCode(Enum):
    """Codes of requests that no operation can answer. `userErrors` never carry them."""

    BAD_USER_INPUT = "BAD_USER_INPUT"
    CURSOR_EXPIRED = "CURSOR_EXPIRED"
    UNAUTHENTICATED = "UNAUTHENTICATED"


class DomainError(Exception):
    """Base of all expected failures.

    `code` is what clients act on. With `retryable`, the same request may succeed later, at the earliest after
    `retry_after` seconds. `path` leads to the input at fault. None stands for unknown or not applicable.
    """

    code: ErrorCode | RequestErrorCode
    retryable = False
    provider: str | None = None
    path: tuple[str, ...] | None = None
    retry_after: float | None = None
    authorization_url: str | None = None

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ProviderError(DomainError):
    """Base of the failures of an operation.

    `provider` is the operator's name for the provider. `ambiguous` marks a write that may have been done: look it up
    before writing again.
    """

    code: ErrorCode
    ambiguous = False

    def __init__(
        self,
        message: str,
        *,
        provider: str | None = None,
        path: tuple[str, ...] | None = None,
        retry_after: float | None = None,
        authorization_url: str | None = None,
    ) -> None:
        super().__init__(message)
        self.provider = provider
        self.path = path
        self.retry_after = retry_after
        self.authorization_url = authorization_url


class RetryLater(ProviderError):
    retryable = True


class Unavailable(RetryLater):
    code = ErrorCode.UNAVAILABLE


class RateLimited(RetryLater):
    code = ErrorCode.RATE_LIMITED


class OutcomeUnknown(RetryLater):
    code = ErrorCode.OUTCOME_UNKNOWN
    ambiguous = True


class ConnectAgain(ProviderError):
    pass


class NotAuthorized(ConnectAgain):
    code = ErrorCode.NOT_AUTHORIZED


class CorrectInput(ProviderError):
    pass


class InvalidInput(CorrectInput):
    code = ErrorCode.INVALID_INPUT


class NotFound(CorrectInput):
    code = ErrorCode.NOT_FOUND


class Conflict(CorrectInput):
    code = ErrorCode.CONFLICT


class Rejected(CorrectInput):
    code = ErrorCode.REJECTED


class IdempotencyMismatch(CorrectInput):
    code = ErrorCode.IDEMPOTENCY_MISMATCH


class GiveUp(ProviderError):
    pass


class NotSupported(GiveUp):
    code = ErrorCode.NOT_SUPPORTED


class StoreUnavailable(DomainError):
    """The database can't be reached, is locked, or can't write.

    The message contains no SQL, no data and no password. With `is_temporary` a retry within seconds may succeed: the
    database restarts, or another process holds a lock.
    """

    code = ErrorCode.UNAVAILABLE
    retryable = True

    def __init__(self, message: str, *, is_temporary: bool = False) -> None:
        super().__init__(message)
        self.is_temporary = is_temporary


class Forbidden(DomainError):
    """The viewer lacks a scope. Access to another user's object is NotFound instead."""

    code: ErrorCode = ErrorCode.FORBIDDEN


class BadUserInput(DomainError):
    """An argument that no provider can answer. The message begins with the argument's name.

    `path` leads to the value from the root of the field's arguments: ("filter", "from").
    """

    code: RequestErrorCode = RequestErrorCode.BAD_USER_INPUT
    path: tuple[str, ...]

    def __init__(self, message: str, *, path: tuple[str, ...]) -> None:
        super().__init__(message)
        self.path = path


class CursorExpired(BadUserInput):
    """A cursor of the feed whose following events are no longer stored."""

    code = RequestErrorCode.CURSOR_EXPIRED


class Unauthenticated(DomainError):
    """No credentials, or invalid ones (RFC 6750). The message repeats nothing of them.

    `reason` distinguishes failures of the one code, for clients that act on the difference.
    """

    code = RequestErrorCode.UNAUTHENTICATED
    reason: str | None = None


class TokenExpired(Unauthenticated):
    """A token that was valid until it expired."""

    reason = "TOKEN_EXPIRED"

    def __init__(self) -> None:
        super().__init__("The token has expired.")
