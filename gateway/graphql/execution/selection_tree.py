"""The selection tree of a document: its fields with their definitions, and its fragments resolved.

The one walk over a document's syntax: complexity limits, costs and plans are computed from the tree.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)

from providers.domain.errors import BadUserInput

_EXPECTED = {GraphQLSkipDirective.name: False, GraphQLIncludeDirective.name: True}
"""By directive, the value of `if` that includes a selection."""


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

    node        the field in the document
    parent      type that the field is selected on; None if the schema has no such type
    definition  the schema's definition of the field; None for an unknown field and for one of introspection
    key         name of the field in the response: its alias, if it has one
    directives  number of directives at the field
    conditions  what has to hold for the field to be in the response
    selection   what is selected of the field's value; empty for a scalar
    """

    node: FieldNode
    parent: GraphQLNamedType | None
    definition: GraphQLField | None
    key: str
    directives: int
    conditions: tuple["Condition", ...]
    selection: Selection

    @property
    def name(self) -> str:
        return self.node.name.value

    @property
    def has_alias(self) -> bool:
        return self.node.alias is not None

    @property
    def arguments(self) -> tuple[ArgumentNode, ...]:
        return tuple(self.node.arguments or ())

    @property
    def is_introspection(self) -> bool:
        return self.name.startswith("__")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SelectedFragment:
    """A fragment of a selection, inline or spread by its name, with the directives and conditions at this place.

    `on` is the type of the objects that it applies to: None if it has no type condition, or an unknown type.
    """

    selection: Selection
    on: GraphQLNamedType | None
    directives: int
    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """The value that `@skip` or `@include` has to have: a literal, or a variable's."""

    expected: bool
    value: BooleanValueNode | VariableNode

    def holds(self, variables: Mapping[str, object]) -> bool:
        """Raise GraphQLError for a variable that is null: validation admits one if it has a default."""
        if isinstance(self.value, BooleanValueNode):
            return self.value.value is self.expected
        name = self.value.name.value
        value = variables.get(name)
        if value is None:
            error = BadUserInput(f"if: The variable ${name} is a condition and must not be null.", path=("if",))
            raise GraphQLError(error.message, self.value, original_error=error)
        return value is self.expected


@dataclass(frozen=True, slots=True, eq=False)
class SelectedOperation:
    """`conditional` are the names of the variables that its conditions depend on."""

    node: OperationDefinitionNode
    directives: int
    selection: Selection
    conditional: tuple[str, ...]

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
    return tuple(resolver.operation(each) for each in document.definitions if isinstance(each, OperationDefinitionNode))


class _FragmentResolver:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        definitions = [each for each in document.definitions if isinstance(each, FragmentDefinitionNode)]
        self._definitions = {each.name.value: each for each in definitions}
        self._resolved: dict[str, Selection] = {}
        self._conditional: dict[str, None] = {}

    def operation(self, node: OperationDefinitionNode) -> SelectedOperation:
        selection = self.selection(node.selection_set, self._schema.get_root_type(node.operation))
        # Those of other operations, whose fragments were resolved before, do no harm: they only tell plans apart.
        return SelectedOperation(node, _count(node.directives), selection, tuple(self._conditional))

    def selection(self, selection_set: SelectionSetNode | None, parent: GraphQLNamedType | None) -> Selection:
        members: list[SelectedField | SelectedFragment] = []
        for node in selection_set.selections if selection_set else ():
            match node:
                case FieldNode():
                    members.append(self._field(node, parent))
                case FragmentSpreadNode():
                    members.append(self._spread(node))
                case InlineFragmentNode():
                    members.append(self._inline(node, parent))
        return Selection(tuple(members))

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> SelectedField:
        definition = _definition(parent, node.name.value)
        value = get_named_type(definition.type) if definition else None
        return SelectedField(
            node=node,
            parent=parent,
            definition=definition,
            key=(node.alias or node.name).value,
            directives=_count(node.directives),
            conditions=self._conditions(node),
            selection=self.selection(node.selection_set, value),
        )

    def _spread(self, node: FragmentSpreadNode) -> SelectedFragment:
        definition = self._definitions.get(node.name.value)
        return SelectedFragment(
            selection=self._fragment(node.name.value),
            on=self._type(definition.type_condition.name.value) if definition else None,
            directives=_count(node.directives),
            conditions=self._conditions(node),
        )

    def _inline(self, node: InlineFragmentNode, parent: GraphQLNamedType | None) -> SelectedFragment:
        on = self._type(node.type_condition.name.value) if node.type_condition else None
        return SelectedFragment(
            selection=self.selection(node.selection_set, on if node.type_condition else parent),
            on=on,
            directives=_count(node.directives),
            conditions=self._conditions(node),
        )

    def _conditions(self, node: SelectionNode) -> tuple[Condition, ...]:
        """Return the conditions of `@skip` and `@include`; those without a usable `if` are left to validation."""
        conditions = []
        for directive in node.directives or ():
            expected = _EXPECTED.get(directive.name.value)
            for argument in (directive.arguments or ()) if expected is not None else ():
                if isinstance(argument.value, VariableNode):
                    self._conditional[argument.value.name.value] = None
                if isinstance(argument.value, BooleanValueNode | VariableNode):
                    conditions.append(Condition(expected is True, argument.value))
        return tuple(conditions)

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
