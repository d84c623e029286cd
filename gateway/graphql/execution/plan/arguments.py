"""Arguments of fields: coerced once for all objects of a field."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from graphql import FieldNode, GraphQLField, ListValueNode, ObjectValueNode, ValueNode, VariableNode, VariableValues
from graphql import get_argument_values as coerced_arguments

from gateway.graphql.execution.plan.run import Run

_NO_VARIABLES = VariableValues({}, {})


@dataclass(frozen=True, slots=True, eq=False)
class Arguments:
    """The arguments of a field, by the names of its resolver's parameters.

    Those without variables are coerced once for all runs; others once in each run. `convert` makes coerced values those
    that the resolver takes.
    """

    definition: GraphQLField
    node: FieldNode
    convert: Callable[[dict[str, Any]], dict[str, Any]]
    hide_suggestions: bool
    _constant: dict[str, Any] | Exception | None = field(init=False)

    def __post_init__(self) -> None:
        has_variables = any(_has_variables(each.value) for each in self.node.arguments or ())
        object.__setattr__(self, "_constant", None if has_variables else self._coerced(_NO_VARIABLES))

    def values(self, run: Run) -> dict[str, Any]:
        """Return the values. Raise GraphQLError, or an error of conversion, if they are invalid."""
        values = self._constant
        if values is None:
            if self not in run.arguments:
                run.arguments[self] = self._coerced(run.variables)
            values = run.arguments[self]
        if isinstance(values, Exception):
            raise values
        return values

    def _coerced(self, variables: VariableValues) -> dict[str, Any] | Exception:
        if not self.definition.args:
            return {}
        try:
            return self.convert(
                coerced_arguments(self.definition, self.node, variables, hide_suggestions=self.hide_suggestions)
            )
        except Exception as error:
            return error


def _has_variables(value: ValueNode) -> bool:
    match value:
        case VariableNode():
            return True
        case ListValueNode(values=values):
            return any(map(_has_variables, values))
        case ObjectValueNode(fields=fields):
            return any(_has_variables(each.value) for each in fields)
    return False
