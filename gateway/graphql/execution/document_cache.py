"""Cache of GraphQL documents: each is parsed, validated, priced and compiled once, however often it is sent."""

from collections.abc import Mapping
from functools import lru_cache
from typing import TypeAlias

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OverlappingFieldsCanBeMergedRule,
    ValidationContext,
    parse,
    recommended_rules,
    specified_rules,
    validate,
)

from gateway.config import GraphqlLimits
from gateway.graphql.execution.complexity import check_complexity
from gateway.graphql.execution.cost.analysis import CostAnalysis
from gateway.graphql.execution.cost.model import OperationCost
from gateway.graphql.execution.plan.compiler import PlanCompiler
from gateway.graphql.execution.plan.operation import OperationPlan
from gateway.graphql.execution.selection_tree import SelectedOperation, selection_tree
from resolvers.strawberry_compat import STRAWBERRY_RULES

MAX_OVERLAP_COST = 20_000
"""Upper bound of the comparisons of fields with one response name, in graphql-core's units."""


class BoundedOverlappingFieldsRule(OverlappingFieldsCanBeMergedRule):
    """The rule of graphql-core with a smaller budget: its 500,000 units block the event loop for seconds."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self.rule_context.remaining_complexity_budget = MAX_OVERLAP_COST


RULES = (
    *(BoundedOverlappingFieldsRule if rule is OverlappingFieldsCanBeMergedRule else rule for rule in specified_rules),
    *recommended_rules,
    *STRAWBERRY_RULES,
)
_NO_INTROSPECTION = (NoSchemaIntrospectionCustomRule,)


_MAX_PLANS = 8
"""Plans of one operation: the variables in `@skip` and `@include` may have many combinations of values."""


class CachedOperation:
    """An operation of a valid document: its cost, and its plans."""

    def __init__(
        self, compiler: PlanCompiler, document: DocumentNode, selected: SelectedOperation, cost: OperationCost
    ) -> None:
        self.node = selected.node
        self.cost = cost
        self._compiler = compiler
        self._document = document
        self._selected = selected
        self._plan_for = lru_cache(maxsize=_MAX_PLANS)(self._compile)

    def plan(self, variables: Mapping[str, object]) -> OperationPlan:
        """Return the plan for coerced variables."""
        return self._plan_for(tuple(_condition(variables.get(name)) for name in self._selected.conditional))

    def _compile(self, conditions: tuple[bool | None, ...]) -> OperationPlan:
        values = dict(zip(self._selected.conditional, conditions, strict=True))
        return self._compiler.compile(self._document, self._selected, values)


def _condition(value: object) -> bool | None:
    """Return the value of a condition; None for null, and for another operation's variable of the same name."""
    return value if isinstance(value, bool) else None


Document: TypeAlias = Mapping[str | None, CachedOperation]
"""The operations of a valid document by name: None is the name of an anonymous one."""


class InvalidDocument(Exception):
    """A document that can't be executed. Each of its errors has an `extensions.code`."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__()
        self.errors = errors


class DocumentCache:
    """The valid documents that were used last. Invalid ones are not cached: their number has no bound.

    `weights` are costs of calls by schema coordinate. If neither introspection nor suggestions are on, an error has its
    location and no details: GraphQL's own messages name fields, types and required arguments.
    """

    def __init__(
        self, schema: GraphQLSchema, compiler: PlanCompiler, limits: GraphqlLimits, weights: Mapping[str, int]
    ) -> None:
        self._schema = schema
        self._compiler = compiler
        self._limits = limits
        self._weights = weights
        self._valid = lru_cache(maxsize=limits.cached_documents)(self._parse_and_validate)

    def get(self, source: str) -> Document:
        """Raise InvalidDocument."""
        return self._valid(source)

    def _parse_and_validate(self, source: str) -> Document:
        try:
            node = parse(source, max_tokens=self._limits.tokens)
        except GraphQLError as error:
            raise InvalidDocument([with_code(error, "GRAPHQL_PARSE_FAILED")]) from None
        try:
            return self._validated(node)
        except RecursionError:
            # The parser bounds the nesting of fields. Only the limit of tokens bounds how fragments nest by spreading
            # each other.
            nested = GraphQLError("The fragments of the document are nested too deeply.")
            raise InvalidDocument([with_code(nested, "GRAPHQL_VALIDATION_FAILED")]) from None

    def _validated(self, node: DocumentNode) -> Document:
        tree = selection_tree(self._schema, node)
        # Complexity first: it takes linear time, and bounds what the rules of validation visit.
        if errors := check_complexity(tree, self._limits) or self._validate(node):
            raise InvalidDocument([with_code(error, "GRAPHQL_VALIDATION_FAILED") for error in errors])
        analysis = CostAnalysis(self._weights)
        return {each.name: CachedOperation(self._compiler, node, each, analysis.operation(each)) for each in tree}

    def _validate(self, document: DocumentNode) -> list[GraphQLError]:
        limits = self._limits
        if not limits.introspection and (errors := validate(self._schema, document, _NO_INTROSPECTION)):
            return errors
        errors = validate(self._schema, document, RULES, hide_suggestions=not limits.suggestions)
        if limits.introspection or limits.suggestions:
            return errors
        return [
            GraphQLError("The document doesn't match the schema.", error.nodes, original_error=error.original_error)
            for error in errors
        ]


def with_code(error: GraphQLError, code: str) -> GraphQLError:
    """Return the error with `code` in its extensions, unless it has a code already."""
    error.extensions = {"code": code, **(error.extensions or {})}
    return error
