"""What clients are told of errors: every one has `extensions.code`, and what nobody expected is for the log alone."""

from collections.abc import Callable
from math import ceil

from graphql import GraphQLError, GraphQLFormattedError, GraphQLSyntaxError

from providers.domain.errors import BadUserInput, ProviderError
from resolvers.value_error import value_fault, without_what_was_sent

Report = Callable[[Exception], str]
"""Keeps an unexpected exception for the operator, and answers the reference that it is found under."""


def format_error(error: GraphQLError, report: Report) -> GraphQLFormattedError:
    """The error as clients see it. Of an exception that nobody expected they see the reference that `report` gives."""
    original = _original(error)
    if isinstance(original, ProviderError):
        return _formatted(error, original.message, _extensions(original))
    if isinstance(original, BadUserInput):
        return _formatted(error, str(original), _bad_user_input(original.path))
    if fault := value_fault(error):
        return _formatted(error, fault.message, _bad_user_input(fault.path))
    if original is not None or error.path is not None:
        return _formatted(error, "Something went wrong.", {"code": "INTERNAL", "reference": report(original or error)})
    code = "GRAPHQL_PARSE_FAILED" if isinstance(error, GraphQLSyntaxError) else "GRAPHQL_VALIDATION_FAILED"
    return _formatted(error, without_what_was_sent(error.message), {"code": code, **(error.extensions or {})})


def retry_after_seconds(error: ProviderError) -> int | None:
    """Whole seconds, never too few."""
    return None if error.retry_after is None else ceil(error.retry_after)


def _original(error: GraphQLError) -> Exception | None:
    """What a resolver raised; None where GraphQL itself complains."""
    original = error.original_error
    while isinstance(original, GraphQLError):
        original = original.original_error
    return original


def _bad_user_input(path: tuple[str, ...]) -> dict[str, object]:
    return {"code": "BAD_USER_INPUT", "inputPath": list(path)}


def _extensions(error: ProviderError) -> dict[str, object]:
    return {
        "code": error.code.value,
        "provider": error.provider,
        "retryable": error.retryable,
        "retryAfterSeconds": retry_after_seconds(error),
    }


def _formatted(error: GraphQLError, message: str, extensions: dict[str, object]) -> GraphQLFormattedError:
    formatted = error.formatted
    formatted["message"] = message
    formatted["extensions"] = extensions
    return formatted
