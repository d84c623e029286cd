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

USER_ERRORS = "What went wrong, in a way that the caller can act on. Empty where the mutation was done."


@strawberry.type(
    description="What went wrong with a mutation in a way that its caller can act on. A payload with errors carries no "
    "result. What nobody could expect is a top-level error instead, masked, with a reference to look up in the log."
)
class UserError:
    code: ErrorCode = strawberry.field(description="What kind of failure it is.")
    message: str = strawberry.field(description="What happened, in words for the people who use an app.")
    path: list[str] | None = strawberry.field(
        description='The input field at fault, from the root of the arguments: ["input", "participants", "0", "email"].'
    )
    provider: str | None = strawberry.field(description="The provider's name, where one is involved.")
    retryable: bool = strawberry.field(
        description="Whether the same mutation with the same idempotencyKey may succeed later."
    )
    retry_after_seconds: int | None = strawberry.field(description="How long to wait before that, where it is known.")
    authorization_url: str | None = strawberry.field(description="Where to send the user to mend it (NOT_AUTHORIZED).")


async def outcome(write: Awaitable[T]) -> tuple[T | None, list[UserError]]:
    """Return the result of a write, or its failures. Raises every other exception of the write."""
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
