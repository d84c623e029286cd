"""One execution of a plan."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from graphql import FieldNode, GraphQLError, VariableValues, located_error

from gateway.graphql.execution.plan.places import Places

Column: TypeAlias = list[Any]
"""The values of one field for all objects of a level, in their order."""

PendingColumn: TypeAlias = Column | Awaitable[Column]


class _Propagated:
    def __repr__(self) -> str:
        return "PROPAGATED"


PROPAGATED: Final = _Propagated()
"""The value of a field that failed and must not be null: its parent has to be null instead."""


@dataclass(slots=True)
class Run:
    """The state of one execution. `arguments` has those that were coerced from variables, by their field."""

    context: Any
    variables: VariableValues
    errors: list[GraphQLError] = field(default_factory=list)
    arguments: dict[object, dict[str, Any] | Exception] = field(default_factory=dict)

    def fail(self, error: Exception, nodes: Sequence[FieldNode], places: Places, index: int) -> _Propagated:
        """Record the error of the value at a place, and return PROPAGATED."""
        self.errors.append(located_error(error, list(nodes), places.path(index)))
        return PROPAGATED
