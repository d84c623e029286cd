"""Complexity limits: depth, root fields, aliases and directives of an operation, counted before it is validated."""

from dataclasses import dataclass

from graphql import GraphQLError

from gateway.config import GraphqlLimits
from gateway.graphql.execution.selection_tree import SelectedField, SelectedOperation, Selection, SelectionTree


@dataclass(frozen=True, slots=True, kw_only=True)
class Complexity:
    """Counts of a selection, in which a fragment counts as often as it is spread. `fields` are its first level."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0

    def plus(self, other: "Complexity") -> "Complexity":
        return Complexity(
            depth=max(self.depth, other.depth),
            fields=self.fields + other.fields,
            aliases=self.aliases + other.aliases,
            directives=self.directives + other.directives,
        )


def check_complexity(tree: SelectionTree, limits: GraphqlLimits) -> list[GraphQLError]:
    """Return an error for each limit that an operation exceeds."""
    counter = _Counter()
    return [
        GraphQLError(f"An operation may have at most {limit} {name}; this one has {count}.", operation.node)
        for operation in tree
        for name, count, limit in _counts(counter.operation(operation), limits)
        if count > limit
    ]


def _counts(complexity: Complexity, limits: GraphqlLimits) -> list[tuple[str, int, int]]:
    return [
        ("levels of fields", complexity.depth, limits.depth),
        ("root fields", complexity.fields, limits.root_fields),
        ("aliases", complexity.aliases, limits.aliases),
        ("directives", complexity.directives, limits.directives),
    ]


class _Counter:
    """Counts each selection once: fragments that spread each other twice would take exponential time otherwise."""

    def __init__(self) -> None:
        self._counted: dict[Selection, Complexity] = {}

    def operation(self, operation: SelectedOperation) -> Complexity:
        return self._selection(operation.selection).plus(Complexity(directives=operation.directives))

    def _selection(self, selection: Selection) -> Complexity:
        if selection not in self._counted:
            total = Complexity()
            for member in selection.members:
                inner = self._selection(member.selection)
                counts = _field(member, inner) if isinstance(member, SelectedField) else inner
                total = total.plus(counts).plus(Complexity(directives=member.directives))
            self._counted[selection] = total
        return self._counted[selection]


def _field(field: SelectedField, inner: Complexity) -> Complexity:
    return Complexity(
        # Introspection nests as deep as types are wrapped in lists and non-nulls; graphql-core limits its depth itself.
        depth=1 if field.is_introspection else 1 + inner.depth,
        fields=1,
        aliases=inner.aliases + field.has_alias,
        directives=inner.directives,
    )
