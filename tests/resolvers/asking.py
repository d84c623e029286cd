"""Execution of operations against the schema, as the endpoint does it."""

from typing import Any

from graphql import GraphQLError

from resolvers.context import Context
from resolvers.errors import format_error
from resolvers.schema import schema
from tests.resolvers.backend import Backend

REFERENCE = "reference-1"


async def answer(backend: Backend, query: str, *, context: Context | None = None, **variables: Any) -> dict[str, Any]:
    """The data of an answer without errors."""
    result = await execute(backend, query, context=context, **variables)
    assert result["errors"] == []
    data: dict[str, Any] = result["data"]
    return data


async def errors(backend: Backend, query: str, **variables: Any) -> list[dict[str, Any]]:
    """The errors as clients see them."""
    found: list[dict[str, Any]] = (await execute(backend, query, **variables))["errors"]
    return found


async def execute(backend: Backend, query: str, *, context: Context | None = None, **variables: Any) -> dict[str, Any]:
    """Data and errors, as clients see them."""
    result = await schema.execute(query, variable_values=variables, context_value=context or backend.context())
    return {"data": result.data, "errors": formatted(result.errors)}


def formatted(errors: list[GraphQLError] | None) -> list[dict[str, Any]]:
    return [dict(format_error(error, lambda _error: REFERENCE)) for error in errors or []]
