"""Several operations in one request."""

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


async def run_batch(payloads: Sequence[object], most: int, executor: Engine[C], session: Session[C]) -> bytes:
    """Run the operations at once; return their answers in order. Raises RequestError for more than `most`, or none."""
    if not 0 < len(payloads) <= most:
        raise RequestError(400, f"A batch may have from 1 to {most} operations." if most else "Batches are not taken.")
    answers = await asyncio.gather(*(_run(payload, executor, session) for payload in payloads))
    return b"[" + b",".join(answers) + b"]"


async def _run(payload: object, executor: Engine[C], session: Session[C]) -> bytes:
    try:
        prepared = executor.prepare(operation_from_payload(payload))
        if prepared.type is OperationType.SUBSCRIPTION:
            raise RequestError(406, "Subscriptions can't be part of a batch.")
        return await executor.execute(prepared, session.context())
    except (RequestError, OperationFailed) as failed:
        return orjson.dumps({"errors": failed.errors})
    except Exception as error:
        return orjson.dumps({"errors": executor.unexpected(error).errors})
