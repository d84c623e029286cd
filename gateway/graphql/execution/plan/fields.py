"""Fields of a plan, by the kinds of resolvers that `resolvers` declares, and their arguments."""

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Protocol, runtime_checkable

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    VariableValues,
    get_argument_values,
)

from gateway.graphql.execution.plan.completion import Completion, Field, without_errors
from gateway.graphql.execution.plan.run import NO_VARIABLES, PROPAGATED, Column, FieldPlaces, PendingColumn, Places, Run
from resolvers.strawberry_compat import FieldInfo, Function


@dataclass(frozen=True, slots=True, eq=False)
class Arguments:
    """The arguments of a field, by the names of its resolver's parameters.

    Those without variables are coerced once for all runs; others once in each run. `convert` makes coerced values those
    that the resolver takes. `_constant` is None if there are variables, and the error if a constant is invalid: it is
    raised in each run, so that it gets a path.
    """

    definition: GraphQLField
    node: FieldNode
    convert: Callable[[dict[str, Any]], dict[str, Any]]
    hide_suggestions: bool
    _constant: dict[str, Any] | Exception | None = field(init=False)

    def __post_init__(self) -> None:
        has_variables = any(True for each in self.node.arguments or () for _ in variables_of(each.value))
        object.__setattr__(self, "_constant", None if has_variables else self._coerced(NO_VARIABLES))

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
                get_argument_values(self.definition, self.node, variables, hide_suggestions=self.hide_suggestions)
            )
        except Exception as error:
            return error


@dataclass(frozen=True, slots=True)
class TypeName(Field):
    """`__typename`."""

    key: str
    name: str

    def column(self, objects: Column, places: Places, run: Run) -> Column:  # noqa: ARG002
        return [self.name] * len(objects)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Completed(Field):
    """A field whose values have a type to complete them by."""

    key: str
    nodes: Sequence[FieldNode]
    completion: Completion

    def _complete(self, values: Column, objects_at: Places, run: Run) -> PendingColumn:
        """Complete resolved values: a resolver returns the exception of one value in its place."""
        places = FieldPlaces(objects_at, self.key)
        return self.completion.complete(without_errors(values, self.nodes, places, run), places, run)

    def _all_failed(self, error: Exception, count: int, objects_at: Places, run: Run) -> PendingColumn:
        return self._complete([error] * count, objects_at, run)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeField(_Completed):
    """An attribute of the objects."""

    attribute: str

    def column(self, objects: Column, places: Places, run: Run) -> PendingColumn:
        # All at once first; the loop that distinguishes failures is for the rare column that has one.
        try:
            values: Column = list(map(attrgetter(self.attribute), objects))
        except Exception:
            values = [_value_or_error(getattr, each, self.attribute) for each in objects]
        return self._complete(values, places, run)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputedField(_Completed):
    """A function of an object and the context."""

    compute: Callable[[Any, FieldInfo[Any]], object]
    siblings: Sequence[object]

    def column(self, objects: Column, places: Places, run: Run) -> PendingColumn:
        info = FieldInfo(run.context, self.siblings)
        try:
            values = [self.compute(each, info) for each in objects]
        except Exception:
            values = [_value_or_error(self.compute, each, info) for each in objects]
        return self._complete(values, places, run)


@runtime_checkable
class EarlyResolver(Protocol):
    """Resolves a root field before anything else of its operation is read."""

    @property
    def read(self) -> Callable[[Any], Awaitable[object]]:
        """Takes the operation's context."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyField(_Completed):
    """A root field whose value is read before the columns of the root are begun: `run.early` then has it."""

    resolver: EarlyResolver

    async def read(self, run: Run) -> None:
        """Read the value, once for all fields of its resolver."""
        if self.resolver not in run.early:
            try:
                run.early[self.resolver] = await self.resolver.read(run.context)
            except Exception as error:
                run.early[self.resolver] = error

    def column(self, objects: Column, places: Places, run: Run) -> PendingColumn:
        return self._complete([run.early[self.resolver]] * len(objects), places, run)


@runtime_checkable
class BatchResolver(Protocol):
    """Resolves a field for many objects at once."""

    @property
    def resolve_many(self) -> Callable[..., Sequence[object] | Awaitable[Sequence[object]]]:
        """Takes the objects, the info and the field's arguments; returns values or exceptions, in their order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _WithArguments(_Completed):
    """A field whose resolver takes the field's arguments, and may be asynchronous."""

    arguments: Arguments
    siblings: Sequence[object]

    @abstractmethod
    def _resolve(
        self, objects: Column, info: FieldInfo[Any], arguments: Mapping[str, Any]
    ) -> Sequence[object] | Awaitable[Sequence[object]]:
        """Return a value or an exception for each object, in their order."""

    def column(self, objects: Column, places: Places, run: Run) -> PendingColumn:
        try:
            values = self._resolve(objects, self._info(run), self.arguments.values(run))
        except Exception as error:
            return self._all_failed(error, len(objects), places, run)
        if isinstance(values, Awaitable):
            return self._column_later(values, len(objects), places, run)
        return self._complete(list(values), places, run)

    async def _column_later(self, values: Awaitable[Sequence[object]], count: int, places: Places, run: Run) -> Column:
        try:
            found = list(await values)
        except Exception as error:
            completed = self._all_failed(error, count, places, run)
        else:
            completed = self._complete(found, places, run)
        return completed if isinstance(completed, list) else await completed

    def _info(self, run: Run) -> FieldInfo[Any]:
        return FieldInfo(run.context, self.siblings)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchedField(_WithArguments):
    """One call for all objects."""

    resolver: BatchResolver

    def _resolve(
        self, objects: Column, info: FieldInfo[Any], arguments: Mapping[str, Any]
    ) -> Sequence[object] | Awaitable[Sequence[object]]:
        return self.resolver.resolve_many(objects, info, **arguments)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedField(_WithArguments):
    """A function that is called for each object."""

    resolver: Function

    def _resolve(
        self, objects: Column, info: FieldInfo[Any], arguments: Mapping[str, Any]
    ) -> Sequence[object] | Awaitable[Sequence[object]]:
        values = [_value_or_error(self.resolver.call, each, info, arguments) for each in objects]
        return _all_awaited(values) if any(isinstance(each, Awaitable) for each in values) else values

    def call(self, source: object, run: Run) -> object:
        """Return the resolver's result for one object. Raise what it raises, and errors of the arguments."""
        return self.resolver.call(source, self._info(run), self.arguments.values(run))

    def complete_one(self, value: object, places: Places, run: Run) -> PendingColumn:
        """Complete a value that the caller has: an event of a subscription."""
        return self._complete([value], places, run)


@dataclass(frozen=True, slots=True)
class FailedSelection(Field):
    """In place of the fields of a selection whose conditions can't be evaluated: its objects fail."""

    error: GraphQLError
    key: str = ""

    def column(self, objects: Column, places: Places, run: Run) -> Column:
        return [run.fail(self.error, (), places, index) for index in range(len(objects))]


@dataclass(frozen=True, slots=True)
class IntrospectionField(Field):
    """`__schema` and `__type`, which graphql-core executes."""

    key: str
    execute: Callable[[Run], Mapping[str, object]]

    def column(self, objects: Column, places: Places, run: Run) -> Column:  # noqa: ARG002
        value = self.execute(run).get(self.key, PROPAGATED)
        return [value] * len(objects)


def _value_or_error(function: Callable[..., object], *args: object) -> object:
    try:
        return function(*args)
    except Exception as error:
        return error


async def _all_awaited(values: Sequence[object]) -> list[object]:
    # A task for one value would cost more than the wait.
    return [await _awaited(values[0])] if len(values) == 1 else await asyncio.gather(*map(_awaited, values))


async def _awaited(value: object) -> object:
    if not isinstance(value, Awaitable):
        return value
    try:
        return await value
    except Exception as error:
        return error


def variables_of(value: ValueNode) -> Iterator[str]:
    """Yield the names of the variables in a value of a document."""
    match value:
        case VariableNode():
            yield value.name.value
        case ListValueNode(values=values):
            for each in values:
                yield from variables_of(each)
        case ObjectValueNode(fields=fields):
            for member in fields:
                yield from variables_of(member.value)
