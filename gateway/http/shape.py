"""How deep and how wide operations are, counted before anything else is made of them."""

from collections.abc import Collection
from dataclasses import dataclass

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from gateway.http.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Of a selection, with its fragments put in as often as they are spread. `fields` are those of its first level."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0

    def beside(self, other: "Shape") -> "Shape":
        return Shape(
            depth=max(self.depth, other.depth),
            fields=self.fields + other.fields,
            aliases=self.aliases + other.aliases,
            directives=self.directives + other.directives,
        )


def check_shape(document: DocumentNode, limits: Limits) -> list[GraphQLError]:
    """An error for each limit that an operation exceeds."""
    measure = _Measure(document)
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    return [
        GraphQLError(f"An operation may have {limit} {name}, and this has {count}.", operation)
        for operation in operations
        for name, count, limit in _counts(measure.operation(operation), limits)
        if count > limit
    ]


def _counts(shape: Shape, limits: Limits) -> list[tuple[str, int, int]]:
    return [
        ("levels of fields", shape.depth, limits.depth),
        ("root fields", shape.fields, limits.root_fields),
        ("aliases", shape.aliases, limits.aliases),
        ("directives", shape.directives, limits.directives),
    ]


class _Measure:
    """Measures each fragment once, however often it is spread. A cycle is for GraphQL's own rules."""

    def __init__(self, document: DocumentNode) -> None:
        definitions = [each for each in document.definitions if isinstance(each, FragmentDefinitionNode)]
        self._fragments = {each.name.value: each for each in definitions}
        self._measured: dict[str, Shape] = {}

    def operation(self, operation: OperationDefinitionNode) -> Shape:
        return self._selections(operation.selection_set).beside(_directives(operation.directives))

    def _selections(self, selection_set: SelectionSetNode | None) -> Shape:
        shape = Shape()
        for selection in selection_set.selections if selection_set else ():
            match selection:
                case FieldNode():
                    inner = _around(selection, self._selections(selection.selection_set))
                case InlineFragmentNode():
                    inner = self._selections(selection.selection_set)
                case FragmentSpreadNode():
                    inner = self._fragment(selection.name.value)
            shape = shape.beside(inner).beside(_directives(selection.directives))
        return shape

    def _fragment(self, name: str) -> Shape:
        if name not in self._measured:
            self._measured[name] = Shape()
            if name in self._fragments:
                self._measured[name] = self._selections(self._fragments[name].selection_set)
        return self._measured[name]


def _directives(directives: Collection[DirectiveNode] | None) -> Shape:
    return Shape(directives=len(directives or ()))


def _around(field: FieldNode, inner: Shape) -> Shape:
    """What asks for the schema is as deep as types are wrapped; graphql-core has a rule for its depth."""
    return Shape(
        depth=1 if field.name.value.startswith("__") else 1 + inner.depth,
        fields=1,
        aliases=inner.aliases + (field.alias is not None),
        directives=inner.directives,
    )
