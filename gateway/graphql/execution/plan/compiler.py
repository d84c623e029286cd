"""The compiler of plans: from the selection tree of a document and the declarations in `resolvers`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import UnionType
from typing import Any, cast

import strawberry
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLID,
    GraphQLNamedOutputType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLString,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    execute_sync,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

from gateway.graphql.execution.plan.completion import (
    Abstract,
    Completion,
    EnumLeaf,
    Field,
    Leaf,
    List,
    NonNull,
    Nullable,
    Object,
    ObjectPlan,
    TypeCompletion,
)
from gateway.graphql.execution.plan.fields import (
    Arguments,
    AttributeField,
    BatchedField,
    BatchResolver,
    ComputedField,
    EarlyField,
    EarlyResolver,
    FailedSelection,
    IntrospectionField,
    ResolvedField,
    TypeName,
    variables_of,
)
from gateway.graphql.execution.plan.operation import OperationPlan
from gateway.graphql.execution.plan.run import Run
from gateway.graphql.execution.selection_tree import SelectedField, SelectedFragment, SelectedOperation, Selection
from resolvers.strawberry_compat import (
    Attribute,
    Function,
    core_schema,
    enum_class,
    python_arguments,
    resolver_of,
    type_resolver,
)

_UNCHANGED: Mapping[GraphQLNamedOutputType, type] = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}
"""Python's types of values that are their own serialization, by scalar."""


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """The fields of a selection that have one response key and are merged (GraphQL specification, 5.3.2)."""

    members: Sequence[SelectedField]

    @property
    def first(self) -> SelectedField:
        return self.members[0]

    @property
    def nodes(self) -> tuple[FieldNode, ...]:
        return tuple(each.node for each in self.members)

    @property
    def selections(self) -> tuple[Selection, ...]:
        return tuple(dict.fromkeys(each.selection for each in self.members))


class PlanCompiler:
    """Compiles operations of documents that are valid."""

    def __init__(self, schema: strawberry.Schema, *, hide_suggestions: bool) -> None:
        self._schema = schema
        self._hide_suggestions = hide_suggestions

    def compile(
        self, document: DocumentNode, operation: SelectedOperation, variables: Mapping[str, object]
    ) -> OperationPlan:
        """Return the plan of an operation for `variables`, of which only those in `@skip` and `@include` matter."""
        return _Compilation(self._schema, document, operation, variables, self._hide_suggestions).plan()


class _Compilation:
    """The compilation of one operation for one set of conditions."""

    def __init__(
        self,
        schema: strawberry.Schema,
        document: DocumentNode,
        operation: SelectedOperation,
        variables: Mapping[str, object],
        hide_suggestions: bool,
    ) -> None:
        self._schema = schema
        self._core = core_schema(schema)
        self._document = document
        self._operation = operation
        self._conditions = {name: variables.get(name) for name in operation.conditional}
        self._hide_suggestions = hide_suggestions
        self._plans: dict[tuple[str, tuple[Selection, ...]], ObjectPlan] = {}

    def plan(self) -> OperationPlan:
        operation = self._operation.node.operation
        root = self._core.get_root_type(operation)
        if root is None:
            raise TypeError(f"The schema has no {operation.value}.")  # validation refuses such an operation
        selection = self._operation.selection
        return OperationPlan(operation, self._object(root, (selection,)), _selecting_variables(selection))

    def _object(self, type: GraphQLObjectType, selections: tuple[Selection, ...]) -> ObjectPlan:
        """Return the plan for a type and merged selections. A fragment that is spread often has one plan."""
        key = (type.name, selections)
        if key not in self._plans:
            self._plans[key] = ObjectPlan(partial(self._fields, type, selections))
        return self._plans[key]

    def _fields(self, type: GraphQLObjectType, selections: Sequence[Selection]) -> list[Field]:
        groups: dict[str, list[SelectedField]] = {}
        visited: set[Selection] = set()
        try:
            for selection in selections:
                self._collect(type, selection, groups, visited)
        except GraphQLError as error:  # of a condition
            return [FailedSelection(error)]
        merged = [_Group(members) for members in groups.values()]
        siblings = [resolver_of(each.first.definition) for each in merged if each.first.definition]
        return [self._field(type, each, siblings) for each in merged]

    def _collect(
        self,
        type: GraphQLObjectType,
        selection: Selection,
        groups: dict[str, list[SelectedField]],
        visited: set[Selection],
    ) -> None:
        """Collect the fields that apply to objects of a type, by response key (GraphQL specification, 6.3.2)."""
        visited.add(selection)
        for member in selection.members:
            if not all(condition.holds(self._conditions) for condition in member.conditions):
                continue
            if isinstance(member, SelectedField):
                groups.setdefault(member.key, []).append(member)
            elif member.selection not in visited and self._applies(member.on, type):
                self._collect(type, member.selection, groups, visited)

    def _applies(self, on: object, type: GraphQLObjectType) -> bool:
        return on is None or on is type or (is_abstract_type(on) and self._core.is_sub_type(on, type))

    def _field(self, parent: GraphQLObjectType, group: _Group, siblings: Sequence[object]) -> Field:
        field = group.first
        if field.name == "__typename":
            return TypeName(field.key, parent.name)
        if field.is_introspection:
            return IntrospectionField(field.key, partial(self._introspect, group.nodes))
        return self._declared(parent, group, siblings)

    def _declared(self, parent: GraphQLObjectType, group: _Group, siblings: Sequence[object]) -> Field:
        """Return a field by the kind of its resolver."""
        field = group.first
        definition = parent.fields[field.name]
        completion = self._completion(definition.type, group, f"{parent.name}.{field.name}")
        resolver = resolver_of(definition)
        if isinstance(resolver, Attribute):
            return AttributeField(key=field.key, nodes=group.nodes, completion=completion, attribute=resolver.name)
        if isinstance(resolver, Function):
            return ResolvedField(
                key=field.key,
                nodes=group.nodes,
                completion=completion,
                resolver=resolver,
                arguments=self._arguments(definition, field.node),
                siblings=siblings,
            )
        if isinstance(resolver, EarlyResolver):
            return EarlyField(key=field.key, nodes=group.nodes, completion=completion, resolver=resolver)
        if isinstance(resolver, BatchResolver):
            return BatchedField(
                key=field.key,
                nodes=group.nodes,
                completion=completion,
                resolver=resolver,
                arguments=self._arguments(definition, field.node),
                siblings=siblings,
            )
        compute = cast("Callable[[Any, Any], object]", resolver)
        return ComputedField(
            key=field.key, nodes=group.nodes, completion=completion, compute=compute, siblings=siblings
        )

    def _arguments(self, definition: GraphQLField, node: FieldNode) -> Arguments:
        convert = partial(python_arguments, self._schema, definition)
        return Arguments(definition, node, convert, self._hide_suggestions)

    def _completion(self, type: GraphQLOutputType, group: _Group, coordinate: str) -> Completion:
        if is_non_null_type(type):
            return NonNull(self._of_type(type.of_type, group, coordinate), group.nodes, coordinate)
        return Nullable(self._of_type(type, group, coordinate))

    def _of_type(self, type: GraphQLOutputType, group: _Group, coordinate: str) -> TypeCompletion:
        if is_list_type(type):
            return List(self._completion(type.of_type, group, coordinate), group.nodes)
        if isinstance(type, GraphQLEnumType):
            return EnumLeaf(type.serialize, None, group.nodes, enum_class(type), _names(type))
        if is_leaf_type(type):
            return Leaf(type.serialize, _UNCHANGED.get(type), group.nodes)
        if is_abstract_type(type):
            plans = partial(self._object_named, group.selections)
            return Abstract(type_resolver(type), plans, group.nodes)
        return Object(self._object_named(group.selections, get_named_type(type).name))

    def _object_named(self, selections: tuple[Selection, ...], name: str) -> ObjectPlan:
        return self._object(cast("GraphQLObjectType", self._core.type_map[name]), selections)

    def _introspect(self, nodes: Sequence[FieldNode], run: Run) -> Mapping[str, object]:
        """Execute introspection fields of the operation on their own. Return an empty dict if they failed."""
        fragments = [each for each in self._document.definitions if isinstance(each, FragmentDefinitionNode)]
        operation = OperationDefinitionNode(
            operation=OperationType.QUERY,
            variable_definitions=self._operation.node.variable_definitions,
            selection_set=SelectionSetNode(selections=tuple(nodes)),
        )
        values = {name: source.value for name, source in run.variables.sources.items()}
        result = execute_sync(self._core, DocumentNode(definitions=(operation, *fragments)), variable_values=values)
        run.errors += result.errors or ()
        return result.data or {}


def _selecting_variables(root: Selection) -> frozenset[str]:
    """Return the names of the variables in arguments of fields below those of the root."""
    top = _reachable([root], SelectedFragment)
    fields = [each for selection in top for each in selection.members if isinstance(each, SelectedField)]
    below = _reachable([each.selection for each in fields], SelectedField | SelectedFragment)
    arguments = [
        argument
        for selection in below
        for each in selection.members
        if isinstance(each, SelectedField)
        for argument in each.arguments
    ]
    return frozenset(name for argument in arguments for name in variables_of(argument.value))


def _reachable(start: Sequence[Selection], through: type | UnionType) -> set[Selection]:
    """Return the selections that can be reached through members of one kind, the first ones included."""
    found: set[Selection] = set()
    unvisited = list(start)
    while unvisited:
        selection = unvisited.pop()
        found.add(selection)
        inner = [each.selection for each in selection.members if isinstance(each, through)]
        unvisited += [each for each in inner if each not in found]
    return found


def _names(type: GraphQLEnumType) -> Mapping[str, object]:
    """Return the GraphQL names of an enum's members by their names in Python."""
    return {member.name: type.serialize(member) for member in enum_class(type)}
