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

from gateway.graphql.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Complexity:
    """Of a selection, with its fragments put in as often as they are spread. `fields` are those of its first level."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0

    def beside(self, other: "Complexity") -> "Complexity":
        return Complexity(
            depth=max(self.depth, other.depth),
            fields=self.fields + other.fields,
            aliases=self.aliases + other.aliases,
            directives=self.directives + other.directives,
        )


def check_complexity(document: DocumentNode, limits: Limits) -> list[GraphQLError]:
    """An error for each limit that an operation exceeds."""
    measure = _ComplexityVisitor(document)
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    return [
        GraphQLError(f"An operation may have {limit} {name}, and this has {count}.", operation)
        for operation in operations
        for name, count, limit in _counts(measure.operation(operation), limits)
        if count > limit
    ]


def _counts(shape: Complexity, limits: Limits) -> list[tuple[str, int, int]]:
    return [
        ("levels of fields", shape.depth, limits.depth),
        ("root fields", shape.fields, limits.root_fields),
        ("aliases", shape.aliases, limits.aliases),
        ("directives", shape.directives, limits.directives),
    ]


class _ComplexityVisitor:
    """Measures each fragment once, however often it is spread. A cycle is for GraphQL's own rules."""

    def __init__(self, document: DocumentNode) -> None:
        definitions = [each for each in document.definitions if isinstance(each, FragmentDefinitionNode)]
        self._fragments = {each.name.value: each for each in definitions}
        self._measured: dict[str, Complexity] = {}

    def operation(self, operation: OperationDefinitionNode) -> Complexity:
        return self._selections(operation.selection_set).beside(_directives(operation.directives))

    def _selections(self, selection_set: SelectionSetNode | None) -> Complexity:
        shape = Complexity()
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

    def _fragment(self, name: str) -> Complexity:
        if name not in self._measured:
            self._measured[name] = Complexity()
            if name in self._fragments:
                self._measured[name] = self._selections(self._fragments[name].selection_set)
        return self._measured[name]


def _directives(directives: Collection[DirectiveNode] | None) -> Complexity:
    return Complexity(directives=len(directives or ()))


def _around(field: FieldNode, inner: Complexity) -> Complexity:
    """What asks for the schema is as deep as types are wrapped; graphql-core has a rule for its depth."""
    return Complexity(
        depth=1 if field.name.value.startswith("__") else 1 + inner.depth,
        fields=1,
        aliases=inner.aliases + (field.alias is not None),
        directives=inner.directives,
    )
