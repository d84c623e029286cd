"""Errors as clients see them: each has `extensions.code`, and unexpected ones are masked."""

from collections.abc import Callable
from math import ceil

from graphql import GraphQLError, GraphQLFormattedError, GraphQLSyntaxError

from providers.domain.errors import BadUserInput, DomainError
from resolvers.value_error import value_fault, without_sent_value

Report = Callable[[Exception], str]
"""Logs an unexpected exception and returns the reference to find it by."""


def format_error(error: GraphQLError, report: Report) -> GraphQLFormattedError:
    """Return the error as clients see it; `report` is called with unexpected exceptions only."""
    original = _original(error)
    expected = original if isinstance(original, DomainError) else value_fault(error)
    if expected is not None:
        return _formatted(error, expected.message, _extensions(expected))
    if original is not None or error.path is not None:
        return _formatted(error, "Something went wrong.", {"code": "INTERNAL", "reference": report(original or error)})
    code = "GRAPHQL_PARSE_FAILED" if isinstance(error, GraphQLSyntaxError) else "GRAPHQL_VALIDATION_FAILED"
    return _formatted(error, without_sent_value(error.message), {"code": code, **(error.extensions or {})})


def retry_after_seconds(error: DomainError) -> int | None:
    """Return `retry_after` in whole seconds, rounded up."""
    return None if error.retry_after is None else ceil(error.retry_after)


def _original(error: GraphQLError) -> Exception | None:
    """Return the exception that a resolver raised; None for an error of GraphQL's own."""
    original = error.original_error
    while isinstance(original, GraphQLError):
        original = original.original_error
    return original


def _extensions(error: DomainError) -> dict[str, object]:
    if isinstance(error, BadUserInput):
        return {"code": error.code.value, "inputPath": list(error.path)}
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
