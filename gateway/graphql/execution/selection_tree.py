"""The selection tree of a document: its fields with their definitions, and its fragments resolved.

The one walk over a document's syntax: complexity limits and costs are computed from the tree.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeAlias

from graphql import (
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
)


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """The fields and fragments of one selection set, in the order of the document.

    A named fragment is one object, however often it is spread: a document of n fragments makes a tree of n selections,
    not of 2ⁿ. Visitors use the identity of a selection to visit it once.
    """

    members: tuple["SelectedField | SelectedFragment", ...] = ()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SelectedField:
    """A field of a selection.

    parent      type that the field is selected on; None if the schema has no such type
    definition  the schema's definition of the field; None for an unknown field and for one of introspection
    key         name of the field in the response: its alias, if it has one
    directives  number of directives at the field
    selection   what is selected of the field's value; empty for a scalar
    """

    parent: GraphQLNamedType | None
    definition: GraphQLField | None
    name: str
    key: str
    has_alias: bool
    arguments: tuple[ArgumentNode, ...]
    directives: int
    selection: Selection

    @property
    def is_introspection(self) -> bool:
        return self.name.startswith("__")


@dataclass(frozen=True, slots=True, eq=False)
class SelectedFragment:
    """A fragment of a selection, inline or spread by its name, with the number of directives at this place."""

    selection: Selection
    directives: int


@dataclass(frozen=True, slots=True, eq=False)
class SelectedOperation:
    node: OperationDefinitionNode
    directives: int
    selection: Selection

    @property
    def name(self) -> str | None:
        return self.node.name.value if self.node.name else None


SelectionTree: TypeAlias = tuple[SelectedOperation, ...]
"""The operations of a document, in its order."""


def selection_tree(schema: GraphQLSchema, document: DocumentNode) -> SelectionTree:
    """Return the tree of a document that need not be valid: complexity limits are checked before validation.

    An unknown fragment is empty, and so is a spread that would close a cycle: the tree has no cycles. Raise
    RecursionError for a document that nests its fragments too deeply.
    """
    resolver = _FragmentResolver(schema, document)
    return tuple(
        SelectedOperation(
            node=each,
            directives=_count(each.directives),
            selection=resolver.selection(each.selection_set, schema.get_root_type(each.operation)),
        )
        for each in document.definitions
        if isinstance(each, OperationDefinitionNode)
    )


class _FragmentResolver:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        definitions = [each for each in document.definitions if isinstance(each, FragmentDefinitionNode)]
        self._definitions = {each.name.value: each for each in definitions}
        self._resolved: dict[str, Selection] = {}

    def selection(self, selection_set: SelectionSetNode | None, parent: GraphQLNamedType | None) -> Selection:
        members: list[SelectedField | SelectedFragment] = []
        for node in selection_set.selections if selection_set else ():
            match node:
                case FieldNode():
                    members.append(self._field(node, parent))
                case FragmentSpreadNode():
                    members.append(SelectedFragment(self._fragment(node.name.value), _count(node.directives)))
                case InlineFragmentNode(type_condition=condition):
                    on = self._type(condition.name.value) if condition else parent
                    members.append(SelectedFragment(self.selection(node.selection_set, on), _count(node.directives)))
        return Selection(tuple(members))

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> SelectedField:
        definition = _definition(parent, node.name.value)
        value = get_named_type(definition.type) if definition else None
        return SelectedField(
            parent=parent,
            definition=definition,
            name=node.name.value,
            key=(node.alias or node.name).value,
            has_alias=node.alias is not None,
            arguments=tuple(node.arguments or ()),
            directives=_count(node.directives),
            selection=self.selection(node.selection_set, value),
        )

    def _fragment(self, name: str) -> Selection:
        if name not in self._resolved:
            # A spread of the fragment inside of itself finds this one, so that a cycle ends here.
            self._resolved[name] = Selection()
            if definition := self._definitions.get(name):
                on = self._type(definition.type_condition.name.value)
                self._resolved[name] = self.selection(definition.selection_set, on)
        return self._resolved[name]

    def _type(self, name: str) -> GraphQLNamedType | None:
        return self._schema.type_map.get(name)


def _definition(parent: GraphQLNamedType | None, name: str) -> GraphQLField | None:
    return parent.fields.get(name) if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else None


def _count(directives: Collection[DirectiveNode] | None) -> int:
    return len(directives or ())
