"""Executes GraphQL operations; results are the bytes of a JSON response.

Documents are cached with their plans (see `plan`), which execute everything but introspection.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any, Generic, TypeAlias, TypeVar

import orjson
from graphql import ExecutionResult, GraphQLError, OperationType, VariableValues, get_variable_values, located_error
from strawberry import Schema

from gateway.config import GraphqlLimits
from gateway.graphql.execution.argument_paths import at_argument
from gateway.graphql.execution.cost.rate_limit import Charge, RateLimit, TooExpensive
from gateway.graphql.execution.document_cache import (
    CachedOperation,
    Document,
    DocumentCache,
    DocumentNotFound,
    InvalidDocument,
    PersistedDocuments,
    with_code,
)
from gateway.graphql.execution.operation import JsonObject, Operation
from gateway.graphql.execution.plan.compiler import PlanCompiler
from gateway.graphql.execution.plan.run import NO_VARIABLES, Run
from gateway.graphql.execution.shared_events import EventContexts, EventTimedOut, OwnContexts, SharedEvents, Subscribed
from gateway.graphql.execution.unreadable_variables import with_unreadable
from gateway.observability.instrumentation import Instrumentation, NoInstrumentation
from resolvers.strawberry_compat import core_schema

C = TypeVar("C")

FormatError: TypeAlias = Callable[[GraphQLError], JsonObject]


_MAX_VARIABLE_ERRORS = 50
"""Errors of variables that are reported for one operation, as graphql-core's own executor does."""


class OperationFailed(Exception):
    """The operation was not executed, or has ended early. `errors` are formatted for clients, `status` is HTTP's."""

    def __init__(self, errors: list[JsonObject], status: int = 400) -> None:
        super().__init__()
        self.errors = errors
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A valid operation, ready to run. It holds no text: subscriptions last for hours."""

    operation: CachedOperation
    variables: JsonObject

    @property
    def type(self) -> OperationType:
        return self.operation.node.operation


class Engine(Generic[C]):
    """Prepares and executes operations of one schema.

    `format_error` turns each error into what clients read. `extensions` returns the extensions of a result, after it
    is complete; an empty mapping adds none. Without `rate_limit` operations are free and their results have no
    `extensions.cost`. With `event_contexts` subscribers share the results of events.
    """

    def __init__(
        self,
        schema: Schema,
        *,
        format_error: FormatError,
        extensions: Callable[[C], Mapping[str, object]],
        limits: GraphqlLimits,
        rate_limit: RateLimit[C] | None = None,
        persisted: PersistedDocuments | None = None,
        instrumentation: Instrumentation | None = None,
        event_contexts: EventContexts[C] | None = None,
    ) -> None:
        if schema.extensions or schema.directives:
            raise ValueError("Schema extensions and directives of Strawberry are not run.")
        self._schema = core_schema(schema)
        compiler = PlanCompiler(schema, hide_suggestions=not limits.suggestions)
        self._documents = DocumentCache(self._schema, compiler, limits, rate_limit.weights if rate_limit else {})
        self._limits = limits
        self._format_error = format_error
        self._extensions = extensions
        self._rate_limit = rate_limit
        self._persisted = persisted or PersistedDocuments()
        self._instrumentation = instrumentation or NoInstrumentation()
        self._events = SharedEvents(event_contexts or OwnContexts[C](), self._encode, limits.seconds)
        self._mutations: set[asyncio.Task[bytes]] = set()

    def prepare(self, operation: Operation) -> Prepared:
        """Find, parse and validate the document; choose its operation. Raise OperationFailed."""
        with self._counting_refusals("unknown"):
            document = self._document(operation)
            found = _named(document, operation.name)
            if found is None:
                error = GraphQLError('"operationName" must name an operation of the document.')
                raise self._failed([with_code(error, "BAD_USER_INPUT")])
            return Prepared(operation=found, variables=operation.variables or {})

    async def execute(self, prepared: Prepared, context: C) -> bytes:
        """Run a query or a mutation. Raise OperationFailed if it can't start, or takes longer than `limits.seconds`.

        A mutation that has started runs to its end, even if its caller times out, disconnects or is cancelled.
        """
        with self._counting_refusals(prepared.type.value):
            run = self._start(prepared, context)
            charge = self._charge(prepared, run)
        running = self._run(prepared, run, charge)
        async with self._deadline(prepared.type):
            return await (self._to_its_end(running) if prepared.type is OperationType.MUTATION else running)

    async def stream(self, prepared: Prepared, context: C) -> AsyncGenerator[bytes, None]:
        """Return the results of a subscription, each produced when it is requested; of other operations the only one.

        Raise OperationFailed if the operation can't start; the generator raises it if the subscription ends early.
        """
        if prepared.type is not OperationType.SUBSCRIPTION:
            return single(await self.execute(prepared, context))
        with self._counting_refusals(prepared.type.value):
            run = self._start(prepared, context)
            self._charge(prepared, run)
        plan = prepared.operation.plan(run.variables.coerced)
        # The deadline is for the start of a subscription, and for each of its events: others may wait for them.
        async with self._deadline(prepared.type):
            try:
                events = await plan.source(run)
            except GraphQLError as error:
                raise self._failed([error]) from error
        return self._results(Subscribed.to(plan, run, prepared.variables), events)

    def unexpected(self, error: Exception) -> OperationFailed:
        """Return the failure that clients see for an exception that no other rule covers."""
        return self._failed([GraphQLError("Something went wrong.", original_error=error)])

    async def drain(self) -> None:
        """Wait for the mutations that are running, those whose callers are gone included."""
        await asyncio.gather(*self._mutations, return_exceptions=True)

    def _document(self, operation: Operation) -> Document:
        try:
            document = self._documents.get(self._persisted.source(operation))
        except InvalidDocument as invalid:
            raise self._failed(invalid.errors) from None
        except DocumentNotFound as missing:
            raise OperationFailed([self._format_error(missing.error)], missing.status) from None
        self._persisted.store(operation)
        return document

    @contextmanager
    def _counting_refusals(self, type: str) -> Iterator[None]:
        try:
            yield
        except OperationFailed:
            self._instrumentation.operation_ended(type, "refused", 0.0)
            raise

    @asynccontextmanager
    async def _deadline(self, type: OperationType) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._limits.seconds) as timeout:
                yield
        except TimeoutError:
            # A resolver may raise TimeoutError, too: only the block's own means that the operation took too long.
            if not timeout.expired():
                raise
            raise self._took_too_long(type) from None

    def _took_too_long(self, type: OperationType) -> OperationFailed:
        if type is not OperationType.MUTATION:  # which goes on, and is reported when it ends
            self._instrumentation.operation_ended(type.value, "timeout", self._limits.seconds)
        error = _timed_out(type, self._limits.seconds)
        return OperationFailed([self._format_error(error)], status=504)

    def _start(self, prepared: Prepared, context: C) -> Run:
        operation = prepared.operation
        if not operation.node.variable_definitions:
            return Run(context, NO_VARIABLES)
        coerce = partial(self._coerced, operation)
        variables = coerce(prepared.variables)
        if isinstance(variables, list):
            variables = with_unreadable(operation.selected, variables, prepared.variables, coerce)
        # A list holds the errors of variables that could not be coerced.
        if isinstance(variables, list):
            located = [at_argument(error, operation.selected) for error in variables]
            raise self._failed([with_code(error, "BAD_USER_INPUT") for error in located])
        return Run(context, variables)

    def _coerced(self, operation: CachedOperation, values: JsonObject) -> VariableValues | list[GraphQLError]:
        return get_variable_values(
            self._schema,
            operation.node.variable_definitions or (),
            values,
            max_errors=_MAX_VARIABLE_ERRORS,
            hide_suggestions=not self._limits.suggestions,
        )

    def _charge(self, prepared: Prepared, run: Run) -> Charge | None:
        if self._rate_limit is None:
            return None
        try:
            return self._rate_limit.charge(prepared.operation.cost, run.variables.coerced, run.context)
        except TooExpensive as refused:
            raise OperationFailed([self._format_error(refused.error)], refused.status) from None

    async def _run(self, prepared: Prepared, run: Run, charge: Charge | None) -> bytes:
        started = monotonic()
        result = await prepared.operation.plan(run.variables.coerced).execute(run)
        if charge is not None:
            charge.settle(result.data)
        seconds = monotonic() - started
        self._instrumentation.operation_ended(prepared.type.value, "errors" if result.errors else "ok", seconds)
        return self._encode(result, run.context, charge)

    async def _to_its_end(self, mutation: Coroutine[Any, Any, bytes]) -> bytes:
        # A mutation that is cancelled between the provider's call and the journal's entry loses its outcome. So it runs
        # in a task of its own: the shield protects it from the caller's cancellation, the set from garbage collection.
        task = asyncio.create_task(mutation)
        self._mutations.add(task)
        task.add_done_callback(self._mutations.discard)
        return await asyncio.shield(task)

    async def _results(
        self, subscribed: Subscribed, events: AsyncGenerator[object, None]
    ) -> AsyncGenerator[bytes, None]:
        with self._instrumentation.subscription_open():
            async with aclosing(events):
                try:
                    async for event in events:
                        yield await self._events.result(subscribed, event)
                except EventTimedOut:
                    raise self._took_too_long(OperationType.SUBSCRIPTION) from None
                except Exception as error:
                    raise self._failed([located_error(error)]) from error

    def _encode(self, result: ExecutionResult, context: C, charge: Charge | None = None) -> bytes:
        response: JsonObject = {"data": result.data}
        if result.errors:
            response["errors"] = [self._format_error(error) for error in result.errors]
        cost = charge.report() if charge else None
        extensions = {**self._extensions(context), **({"cost": cost} if cost else {})}
        if extensions:
            response["extensions"] = extensions
        return orjson.dumps(response)

    def _failed(self, errors: list[GraphQLError]) -> OperationFailed:
        return OperationFailed([self._format_error(error) for error in errors])


async def single(result: bytes) -> AsyncGenerator[bytes, None]:
    """Yield one result."""
    yield result


def _named(document: Document, name: str | None) -> CachedOperation | None:
    """Return the operation with a name or, without a name, the only one."""
    if name is not None:
        return document.get(name)
    operations = list(document.values())
    return operations[0] if len(operations) == 1 else None


def _timed_out(type: OperationType, seconds: float) -> GraphQLError:
    if type is OperationType.MUTATION:
        return GraphQLError(
            f"The mutation takes longer than {seconds:g} seconds. It is still running and may succeed.",
            extensions={"code": "OUTCOME_UNKNOWN", "retryable": True},
        )
    return GraphQLError(
        f"The operation took longer than {seconds:g} seconds.", extensions={"code": "UNAVAILABLE", "retryable": True}
    )
