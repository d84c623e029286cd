"""Runs GraphQL operations and tells what came of them, as JSON.

Strawberry's own entry points parse and validate each time and run its schema extensions around everything. Neither is
wanted here: its schema is executed by graphql-core directly, with Strawberry's executor class, which resolvers see no
difference in.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any, Generic, TypeAlias, TypeVar

import graphql
import orjson
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    OperationType,
    create_source_event_stream,
    execute_root_selection_set,
    get_operation_ast,
    located_error,
    map_source_to_response_event,
)
from strawberry import Schema

from gateway.graphql.execution.cost.model import OperationCost
from gateway.graphql.execution.cost.rate_limit import Charge, RateLimit, TooExpensive
from gateway.graphql.execution.document_cache import Document, Documents, InvalidDocument, with_code
from gateway.graphql.execution.operation import JsonObject, Operation
from gateway.graphql.execution.timing import too_late
from gateway.graphql.execution.trusted_documents import DocumentNotFound, PersistedDocuments
from gateway.graphql.limits import Limits
from gateway.observability.instrumentation import Instrumentation, NoInstrumentation
from resolvers.strawberry_compat import core_schema, executor_class, is_awaitable

C = TypeVar("C")

FormatError: TypeAlias = Callable[[GraphQLError], JsonObject]


class OperationFailed(Exception):
    """Nothing was executed, or nothing more will be. `errors` are as clients may read them, `status` is HTTP's."""

    def __init__(self, errors: list[JsonObject], status: int = 400) -> None:
        super().__init__()
        self.errors = errors
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A valid operation that waits to be run."""

    document: DocumentNode
    type: OperationType
    price: OperationCost
    operation: Operation


class Engine(Generic[C]):
    """`format_error` makes of an error what a client may read of it, and is asked for every error there is.

    `extensions` is asked after each result what else there is to tell of it: an empty mapping for nothing.
    `meter` makes viewers pay; without one nobody does.
    """

    def __init__(
        self,
        schema: Schema,
        *,
        format_error: FormatError,
        extensions: Callable[[C], Mapping[str, object]],
        limits: Limits,
        meter: RateLimit[C] | None = None,
        persisted: PersistedDocuments | None = None,
        watch: Instrumentation | None = None,
    ) -> None:
        if schema.extensions or schema.directives:
            raise ValueError("Schema extensions and directives of Strawberry are not run.")
        self._schema = core_schema(schema)
        self._executor_class = executor_class(schema)
        self._documents = Documents(self._schema, limits, meter.weights if meter else {})
        self._limits = limits
        self._format_error = format_error
        self._extensions = extensions
        self._meter = meter
        self._persisted = persisted or PersistedDocuments()
        self._watch = watch or NoInstrumentation()
        self._mutations: set[asyncio.Task[bytes]] = set()

    def prepare(self, operation: Operation) -> Prepared:
        """Raises OperationFailed for what is unknown, not GraphQL, not in the schema, or not one operation."""
        with self._refusals("unknown"):
            return self._prepared(operation)

    def _prepared(self, operation: Operation) -> Prepared:
        document = self._document(operation)
        definition = get_operation_ast(document.node, operation.name)
        if definition is None:
            error = GraphQLError('"operationName" has to name one of the operations of the document.')
            raise self._failed([with_code(error, "BAD_USER_INPUT")])
        return Prepared(
            document=document.node,
            type=definition.operation,
            price=document.prices[definition.name.value if definition.name else None],
            operation=operation,
        )

    def _document(self, operation: Operation) -> Document:
        try:
            document = self._documents.get(self._persisted.source(operation))
        except InvalidDocument as invalid:
            raise self._failed(invalid.errors) from None
        except DocumentNotFound as missing:
            raise OperationFailed([self._format_error(missing.error)], missing.status) from None
        self._persisted.keep(operation)
        return document

    async def execute(self, prepared: Prepared, context: C) -> bytes:
        """Runs a query or a mutation. Raises OperationFailed where nothing could be run, or where it takes too long.

        A mutation that has begun goes on to its end, even when whoever asked for it is gone.
        """
        with self._refusals(prepared.type.value):
            executor = self._build(prepared, context)
            bill = self._charge(prepared, executor, context)
        running = self._run(prepared.type, executor, context, bill)
        async with self._in_time(prepared.type):
            return await (self._to_the_end(running) if prepared.type is OperationType.MUTATION else running)

    async def stream(self, prepared: Prepared, context: C) -> AsyncGenerator[bytes, None]:
        """Results as they come: of a subscription one for each event, fetched when asked for; of all else one.

        Raises OperationFailed where nothing could be run; what is returned raises it where it has to end early.
        """
        if prepared.type is not OperationType.SUBSCRIPTION:
            return single(await self.execute(prepared, context))
        with self._refusals(prepared.type.value):
            executor = self._build(prepared, context)
            self._charge(prepared, executor, context)
        async with self._in_time(prepared.type):
            events = create_source_event_stream(executor)
            if isinstance(events, Awaitable):
                events = await events
        if isinstance(events, ExecutionResult):
            raise self._failed(events.errors or [])
        return self._tell(map_source_to_response_event(executor, events), context)

    def unexpected(self, error: Exception) -> OperationFailed:
        """For an exception that nobody foresaw, wherever it came from."""
        return self._failed([GraphQLError("Something went wrong.", original_error=error)])

    async def drain(self) -> None:
        """Waits for the mutations that still run."""
        await asyncio.gather(*self._mutations, return_exceptions=True)

    @asynccontextmanager
    async def _in_time(self, type: OperationType) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._limits.seconds) as clock:
                yield
        except TimeoutError:
            if not clock.expired():
                raise
            if type is not OperationType.MUTATION:  # one that goes on is told of when it ends
                self._watch.ended(type.value, "too_late", self._limits.seconds)
            error = too_late(type, self._limits.seconds)
            raise OperationFailed([self._format_error(error)], status=504) from None

    @contextmanager
    def _refusals(self, type: str) -> Iterator[None]:
        try:
            yield
        except OperationFailed:
            self._watch.ended(type, "refused", 0.0)
            raise

    def _build(self, prepared: Prepared, context: C) -> graphql.Executor[C]:
        operation = prepared.operation
        built = self._executor_class.build(
            self._schema,
            prepared.document,
            context_value=context,
            raw_variable_values=operation.variables,
            operation_name=operation.name,
            is_awaitable=is_awaitable,
            hide_suggestions=not self._limits.suggestions,
            operation_extensions=operation.extensions,
        )
        if isinstance(built, list):
            raise self._failed([with_code(error, "BAD_USER_INPUT") for error in built])
        return built

    def _charge(self, prepared: Prepared, executor: graphql.Executor[C], context: C) -> Charge | None:
        if self._meter is None:
            return None
        try:
            return self._meter.charge(prepared.price, executor.variable_values.coerced, context)
        except TooExpensive as refused:
            raise OperationFailed([self._format_error(refused.error)], refused.status) from None

    async def _run(self, type: OperationType, executor: graphql.Executor[C], context: C, bill: Charge | None) -> bytes:
        begun = monotonic()
        result = execute_root_selection_set(executor)
        if not isinstance(result, ExecutionResult):
            result = await result
        if bill is not None:
            bill.settle(result.data)
        self._watch.ended(type.value, "errors" if result.errors else "ok", monotonic() - begun)
        return self._encode(result, context, bill)

    async def _to_the_end(self, mutation: Coroutine[Any, Any, bytes]) -> bytes:
        task = asyncio.create_task(mutation)
        self._mutations.add(task)
        task.add_done_callback(self._mutations.discard)
        return await asyncio.shield(task)

    async def _tell(self, results: AsyncGenerator[ExecutionResult, None], context: C) -> AsyncGenerator[bytes, None]:
        with self._watch.subscribed():
            async with aclosing(results):
                try:
                    async for result in results:
                        yield self._encode(result, context)
                except Exception as error:
                    raise self._failed([located_error(error)]) from error

    def _encode(self, result: ExecutionResult, context: C, bill: Charge | None = None) -> bytes:
        response: JsonObject = {"data": result.data}
        if result.errors:
            response["errors"] = [self._format_error(error) for error in result.errors]
        extensions = {**self._extensions(context), **({"cost": bill.told()} if bill else {})}
        if extensions:
            response["extensions"] = extensions
        return orjson.dumps(response)

    def _failed(self, errors: list[GraphQLError]) -> OperationFailed:
        return OperationFailed([self._format_error(error) for error in errors])


async def single(result: bytes) -> AsyncGenerator[bytes, None]:
    """A stream of one result."""
    yield result
