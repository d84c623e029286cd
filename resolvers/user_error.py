"""Expected failures of mutations as `userErrors` of their payloads."""

from collections.abc import Awaitable
from typing import TypeAlias, TypeVar

import strawberry

import resolvers.enumeration  # noqa: F401  (describes ErrorCode)
from providers.domain.errors import ErrorCode, Forbidden, ProviderError
from resolvers.errors import retry_after_seconds

T = TypeVar("T")

Failure: TypeAlias = ProviderError | Forbidden
"""The errors that a mutation reports in its payload."""

USER_ERRORS = "The failures on which the caller can act. Empty if the mutation succeeded."


@strawberry.type(
    description="A failure of a mutation on which the caller can act. A payload with errors has no result. "
    "An unexpected failure is a top-level error instead: masked, with a reference that the log "
    "contains too."
)
class UserError:
    code: ErrorCode = strawberry.field(description="The kind of failure.")
    message: str = strawberry.field(description="A message for the users of an app.")
    path: list[str] | None = strawberry.field(
        description='The path of the invalid input field from the root of the arguments: ["input", '
        '"participants", "0", "email"].'
    )
    provider: str | None = strawberry.field(description="The provider's name, if a provider is involved.")
    retryable: bool = strawberry.field(description="Whether a retry with the same idempotencyKey may succeed later.")
    retry_after_seconds: int | None = strawberry.field(description="Seconds to wait before the retry, if known.")
    authorization_url: str | None = strawberry.field(
        description="The URL at which the user can solve the problem (NOT_AUTHORIZED)."
    )


async def outcome(write: Awaitable[T]) -> tuple[T | None, list[UserError]]:
    """Return the result of a write, or its failures. Raise every other exception of the write."""
    try:
        return await write, []
    except (ProviderError, Forbidden) as error:
        return None, [_user_error(error)]
    except ExceptionGroup as group:
        return None, [_user_error(error) for error in _expected(group)]


def _expected(group: ExceptionGroup[Exception]) -> list[Failure]:
    errors = [error for error in group.exceptions if isinstance(error, Failure)]
    if len(errors) < len(group.exceptions):
        raise group
    return errors


def _user_error(error: Failure) -> UserError:
    return UserError(
        code=error.code,
        message=error.message,
        path=None if error.path is None else list(error.path),
        provider=error.provider,
        retryable=error.retryable,
        retry_after_seconds=retry_after_seconds(error),
        authorization_url=error.authorization_url,
    )
