"""Plans of whole operations."""

from collections.abc import AsyncGenerator, Awaitable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from graphql import ExecutionResult, GraphQLError, OperationType, located_error

from gateway.graphql.execution.plan.completion import ObjectPlan
from gateway.graphql.execution.plan.fields import EarlyField, ResolvedField
from gateway.graphql.execution.plan.run import PROPAGATED, Root, Run

_ROOT = Root()


@dataclass(frozen=True, eq=False)
class OperationPlan:
    """Executes an operation, any number of times.

    `selecting_variables` are the variables in arguments of fields below the root fields.
    """

    type: OperationType
    root: ObjectPlan
    selecting_variables: frozenset[str]

    async def execute(self, run: Run) -> ExecutionResult:
        """Execute a query, or a mutation field by field. Field errors are in the result."""
        # The root's level has one object, which no resolver reads.
        if self.type is OperationType.MUTATION:
            rows = await self.root.complete_serially([None], _ROOT, run)
        else:
            for early in self._early:
                await early.read(run)
            completed = self.root.complete([None], _ROOT, run)
            rows = completed if isinstance(completed, list) else await completed
        return _result(rows[0], run)

    async def source(self, run: Run) -> AsyncGenerator[Any, None]:
        """Return the events of a subscription. Raise a located GraphQLError if its resolver fails."""
        field = self._event_field
        try:
            events = field.call(None, run)
            if isinstance(events, Awaitable):
                events = await events
            if not isinstance(events, AsyncGenerator):
                raise TypeError("The resolver of a subscription returned no asynchronous generator.")
        except Exception as error:
            raise located_error(error, list(field.nodes), [field.key]) from error
        return events

    async def execute_event(self, event: object, run: Run) -> ExecutionResult:
        """Execute the selection of a subscription for one of its events."""
        field = self._event_field
        completed = field.complete_one(event, _ROOT, run)
        column = completed if isinstance(completed, list) else await completed
        row = PROPAGATED if column[0] is PROPAGATED else {field.key: column[0]}
        return _result(row, run)

    @cached_property
    def _early(self) -> Sequence[EarlyField]:
        return [field for field in self.root.fields if isinstance(field, EarlyField)]

    @property
    def _event_field(self) -> ResolvedField:
        """The root field of a subscription, which has one (GraphQL specification, 5.2.4.1)."""
        field = next(iter(self.root.fields), None)
        if not isinstance(field, ResolvedField):
            raise GraphQLError("A subscription must select a field.")  # `@skip` may leave none
        return field


def _result(row: Any, run: Run) -> ExecutionResult:
    return ExecutionResult(data=None if row is PROPAGATED else row, errors=run.errors or None)
