"""What can go wrong at a provider, grouped by what the caller can do about it.

    ProviderError
    ├── RetryLater           ask again, as it is
    │   ├── Unavailable          can't be reached, fails, or answers nonsense
    │   ├── RateLimited          asked too often; `retry_after` says when
    │   └── OutcomeUnknown       a write that was sent and never answered
    ├── ConnectAgain         the user has to do something at the provider
    │   └── NotAuthorized        dead tokens, or a grant is missing; `authorization_url` says where
    ├── CorrectInput         ask for something else
    │   ├── InvalidInput         refused before anything was sent; `path` names the field
    │   ├── NotFound             the provider knows no such object
    │   ├── Conflict             it would clash with what is there
    │   ├── IdempotencyMismatch  the key was used with other input
    │   └── Rejected             the provider refused it
    └── GiveUp               it will never work
        ├── NotSupported         the provider has no such capability
        └── Forbidden            the viewer may not do this

Messages are for the people who use an app: they hold no secret, no URL with a query and no traceback.
"""

from enum import Enum


class ErrorCode(Enum):
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


class ProviderError(Exception):
    """Base of all expected failures.

    `provider` is the operator's name for the provider, where one is involved. `ambiguous` marks a write that may have
    landed: its caller must look before it writes again. `retry_after` is in seconds.
    """

    code: ErrorCode
    retryable = False
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
        self.message = message
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


class Forbidden(GiveUp):
    code = ErrorCode.FORBIDDEN


class BadUserInput(Exception):
    """An argument that can't be answered, whatever the providers say. The message begins with the argument's name.

    `path` leads to the value from the root of the field's arguments: ("filter", "from").
    """

    def __init__(self, message: str, *, path: tuple[str, ...]) -> None:
        super().__init__(message)
        self.path = path


class StoreUnavailable(Exception):
    """The database can't be reached, is locked, or can't write.

    `message` holds no SQL, no data and no password. With `is_temporary` it may be over in a moment: the database
    restarts, or others lock it.
    """

    def __init__(self, message: str, *, is_temporary: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.is_temporary = is_temporary
