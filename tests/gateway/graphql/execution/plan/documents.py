"""Generated documents: those of hypothesis-graphql, with fragments, variables, conditions, merged fields, known ids."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    NameNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    get_named_type,
    parse,
    parse_type,
    print_ast,
    value_from_ast_untyped,
    visit,
)
from hypothesis import strategies as st
from hypothesis_graphql import nodes

from providers.domain.time_zones import time_zone_names

SCALARS = {
    "DateTime": st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
        lambda moment: nodes.String(moment.isoformat())
    ),
    "Date": st.dates().map(lambda day: nodes.String(day.isoformat())),
    "TimeZone": st.sampled_from(sorted(time_zone_names())[:20]).map(nodes.String),
    "JSON": st.integers().map(nodes.Int),
}


@dataclass(frozen=True)
class Generated:
    """A document with the values of its variables."""

    document: DocumentNode
    variables: dict[str, Any]


def varied(schema: GraphQLSchema, source: str, ids: Sequence[str], random: Random) -> Generated:
    """Return a generated document with more of what executors have to get right. It may be invalid."""
    variation = _Variation(schema, ids, random)
    document = parse(source)
    info = TypeInfo(schema)
    varied = visit(document, TypeInfoVisitor(info, _Varying(variation, info)))
    (operation,) = varied.definitions
    assert isinstance(operation, OperationDefinitionNode)
    operation = OperationDefinitionNode(
        operation=operation.operation,
        variable_definitions=tuple(variation.definitions),
        selection_set=operation.selection_set,
    )
    whole = DocumentNode(definitions=(operation, *variation.fragments))
    return Generated(parse(print_ast(whole)), variation.variables)  # for the locations of errors


def events_as_queries(schema: GraphQLSchema) -> GraphQLSchema:
    """Return a schema whose queries are the subscriptions of another one, for generators that know queries alone."""
    return GraphQLSchema(query=schema.subscription_type, types=[*schema.type_map.values()])


def as_subscription(generated: Generated, random: Random) -> Generated:
    """Return a query of `events_as_queries` as a subscription to one of its fields. It may be invalid."""
    operation, *fragments = generated.document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    subscription = OperationDefinitionNode(
        operation=OperationType.SUBSCRIPTION,
        variable_definitions=operation.variable_definitions,
        selection_set=SelectionSetNode(selections=(random.choice(operation.selection_set.selections),)),
    )
    whole = DocumentNode(definitions=(subscription, *fragments))
    return Generated(parse(print_ast(_without_unused(whole))), generated.variables)


def _without_unused(document: DocumentNode) -> DocumentNode:
    """Return the document without the fragments and variables that its only operation doesn't use."""
    operation, *fragments = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    by_name = {each.name.value: each for each in fragments if isinstance(each, FragmentDefinitionNode)}
    used = _Used()
    visit(operation.selection_set, used)
    kept: dict[str, FragmentDefinitionNode] = {}
    while pending := used.fragments - kept.keys():
        for name in pending:
            kept[name] = by_name[name]
            visit(by_name[name], used)
    definitions = [each for each in operation.variable_definitions or () if each.variable.name.value in used.variables]
    operation = OperationDefinitionNode(
        operation=operation.operation,
        variable_definitions=tuple(definitions),
        selection_set=operation.selection_set,
    )
    return DocumentNode(definitions=(operation, *kept.values()))


class _Used(Visitor):
    """The names of the fragments and variables that nodes use."""

    def __init__(self) -> None:
        super().__init__()
        self.fragments: set[str] = set()
        self.variables: set[str] = set()

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:
        self.fragments.add(node.name.value)

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        self.variables.add(node.name.value)


@dataclass
class _Variation:
    schema: GraphQLSchema
    ids: Sequence[str]
    random: Random
    definitions: list[VariableDefinitionNode] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    fragments: list[FragmentDefinitionNode] = field(default_factory=list)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def variable(self, type: str, value: Any) -> VariableNode:
        """Declare a variable. It is sometimes left out, if its type allows."""
        name = NameNode(value=f"v{len(self.definitions)}")
        self.definitions.append(VariableDefinitionNode(variable=VariableNode(name=name), type=parse_type(type)))
        if type.endswith("!") or self.chance(0.8):
            self.variables[name.value] = value
        return VariableNode(name=name)

    def argument(self, node: ArgumentNode, of: GraphQLArgument | None) -> ArgumentNode:
        """Return an argument with a known id, a variable, or as it is."""
        value: ValueNode = node.value
        if of is not None and get_named_type(of.type).name == "ID" and isinstance(value, StringValueNode):
            value = StringValueNode(value=self.random.choice(self.ids))
        if of is not None and self.chance(0.3):
            value = self.variable(str(of.type), value_from_ast_untyped(value))
        return ArgumentNode(name=node.name, value=value)

    def selections(self, selections: Sequence[SelectionNode], on: GraphQLNamedType) -> tuple[SelectionNode, ...]:
        kept = list(selections)
        if kept and self.chance(0.3):
            kept.append(self.random.choice(kept))
        if self.chance(0.2):
            kept = [self._fragment(kept, on)]
        if self.chance(0.2):
            kept.insert(self.random.randrange(len(kept) + 1), FieldNode(name=NameNode(value="__typename")))
        return tuple(self._conditional(each) for each in kept)

    def _fragment(self, selections: Sequence[SelectionNode], on: GraphQLNamedType) -> SelectionNode:
        condition = NamedTypeNode(name=NameNode(value=on.name))
        selection_set = SelectionSetNode(selections=tuple(selections))
        if self.chance(0.5):
            return InlineFragmentNode(type_condition=condition, selection_set=selection_set)
        name = NameNode(value=f"F{len(self.fragments)}")
        self.fragments.append(FragmentDefinitionNode(name=name, type_condition=condition, selection_set=selection_set))
        return FragmentSpreadNode(name=name)

    def _conditional(self, node: SelectionNode) -> SelectionNode:
        if not self.chance(0.1):
            return node
        included = self.chance(0.5)
        condition: ValueNode = BooleanValueNode(value=included)
        if self.chance(0.5):
            condition = self.variable("Boolean!", included)
        directive = DirectiveNode(
            name=NameNode(value=self.random.choice(["skip", "include"])),
            arguments=(ArgumentNode(name=NameNode(value="if"), value=condition),),
        )
        values = {key: getattr(node, key) for key in node.keys if key != "loc"}
        return type(node)(**{**values, "directives": (directive,)})


class _Varying(Visitor):
    def __init__(self, variation: _Variation, info: TypeInfo) -> None:
        super().__init__()
        self._variation = variation
        self._info = info

    def leave_argument(self, node: ArgumentNode, *_: Any) -> ArgumentNode:
        return self._variation.argument(node, self._info.get_argument())

    def leave_selection_set(self, node: SelectionSetNode, *_: Any) -> SelectionSetNode:
        parent = self._info.get_parent_type()
        if parent is None:
            return node
        return SelectionSetNode(selections=self._variation.selections(node.selections, parent))
