"""Batches: a request whose body is a list of operations."""

import asyncio
from collections.abc import Sequence
from typing import TypeVar

import orjson
from graphql import OperationType

from gateway.graphql.execution.engine import Engine, OperationFailed
from gateway.graphql.transport.errors import RequestError
from gateway.graphql.transport.request import operation_from_payload
from gateway.graphql.transport.session import Session

C = TypeVar("C")


async def run_batch(payloads: Sequence[object], maximum: int, engine: Engine[C], session: Session[C]) -> bytes:
    """Run the operations concurrently; return their results in order, each with its own errors.

    Raise RequestError for an empty batch and for more than `maximum` operations.
    """
    if not maximum:
        raise RequestError(400, "Batching is disabled. Send one operation in each request.")
    if not 0 < len(payloads) <= maximum:
        raise RequestError(400, f"A batch must have from 1 to {maximum} operations.")
    results = await asyncio.gather(*(_run(payload, engine, session) for payload in payloads))
    return b"[" + b",".join(results) + b"]"


async def _run(payload: object, engine: Engine[C], session: Session[C]) -> bytes:
    try:
        prepared = engine.prepare(operation_from_payload(payload))
        if prepared.type is OperationType.SUBSCRIPTION:
            raise RequestError(406, "A batch must not contain subscriptions.")
        return await engine.execute(prepared, session.context())
    except (RequestError, OperationFailed) as failed:
        return orjson.dumps({"errors": failed.errors})
    except Exception as error:
        return orjson.dumps({"errors": engine.unexpected(error).errors})
