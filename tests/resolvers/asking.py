"""Execution of operations against the schema, as the endpoint does it."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import orjson
from graphql import GraphQLError

from gateway.config import GraphqlLimits
from gateway.graphql.execution.engine import Engine, OperationFailed
from gateway.graphql.execution.operation import Operation
from resolvers.context import Context
from resolvers.errors import format_error
from resolvers.schema import schema
from tests.resolvers.backend import Backend

REFERENCE = "reference-1"


def formatted(error: GraphQLError) -> dict[str, Any]:
    return dict(format_error(error, lambda _error: REFERENCE))


ENGINE: Engine[Context] = Engine(schema, format_error=formatted, extensions=lambda _: {}, limits=GraphqlLimits())


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
    operation = Operation(query=query, variables=variables)
    try:
        result = orjson.loads(await ENGINE.execute(ENGINE.prepare(operation), context or backend.context()))
    except OperationFailed as failed:
        return {"data": None, "errors": failed.errors}
    return {"data": result["data"], "errors": result.get("errors", [])}


async def subscribe(context: Context, query: str, **variables: Any) -> AsyncGenerator[dict[str, Any], None]:
    """The results of a subscription, as they come."""
    results = await ENGINE.stream(ENGINE.prepare(Operation(query=query, variables=variables)), context)
    async with aclosing(results):
        async for result in results:
            yield orjson.loads(result)
