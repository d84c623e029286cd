"""Several operations in one request."""

import asyncio
from collections.abc import Sequence
from typing import TypeVar

import orjson
from graphql import OperationType

from gateway.http.executor import Executor, OperationFailed
from gateway.http.refusal import Refusal
from gateway.http.request import operation_from_payload
from gateway.http.session import Session

C = TypeVar("C")


async def run_batch(payloads: Sequence[object], most: int, executor: Executor[C], session: Session[C]) -> bytes:
    """The answers in the order of the operations, which run at once. Raises Refusal for more than `most`, or none."""
    if not 0 < len(payloads) <= most:
        raise Refusal(400, f"A batch may have from 1 to {most} operations." if most else "Batches are not taken.")
    answers = await asyncio.gather(*(_run(payload, executor, session) for payload in payloads))
    return b"[" + b",".join(answers) + b"]"


async def _run(payload: object, executor: Executor[C], session: Session[C]) -> bytes:
    try:
        prepared = executor.prepare(operation_from_payload(payload))
        if prepared.type is OperationType.SUBSCRIPTION:
            raise Refusal(406, "Subscriptions can't be part of a batch.")
        return await executor.execute(prepared, session.context())
    except (Refusal, OperationFailed) as failed:
        return orjson.dumps({"errors": failed.errors})
    except Exception as error:
        return orjson.dumps({"errors": executor.unexpected(error).errors})
