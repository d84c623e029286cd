"""GraphQL documents, parsed and validated once for all the times that they are sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OverlappingFieldsCanBeMergedRule,
    ValidationContext,
    parse,
    recommended_rules,
    specified_rules,
    validate,
)

from gateway.graphql.execution.complexity import check_complexity
from gateway.graphql.execution.cost.analysis import CostAnalysis
from gateway.graphql.execution.cost.model import OperationCost
from gateway.graphql.limits import Limits
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


@dataclass(frozen=True, slots=True)
class Document:
    """A valid document, and what each of its operations costs, by its name: None is that of the only one."""

    node: DocumentNode
    prices: Mapping[str | None, OperationCost]


class InvalidDocument(Exception):
    """A document that can't be executed. Each of its errors has an `extensions.code`."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__()
        self.errors = errors


class Documents:
    """The valid documents that were asked for last. Invalid ones are not kept: there is no end to them.

    `weights` are what fields cost, by schema coordinate. Where neither introspection nor suggestions are wanted, errors
    say where they are and no more: GraphQL's own tell the types of fields and what else these need.
    """

    def __init__(self, schema: GraphQLSchema, limits: Limits, weights: Mapping[str, int]) -> None:
        self._schema = schema
        self._limits = limits
        self._weights = weights
        self._valid = lru_cache(maxsize=limits.cached_documents)(self._parse_and_validate)

    def get(self, source: str) -> Document:
        """Raises InvalidDocument."""
        return self._valid(source)

    def _parse_and_validate(self, source: str) -> Document:
        try:
            document = parse(source, max_tokens=self._limits.tokens)
        except GraphQLError as error:
            raise InvalidDocument([with_code(error, "GRAPHQL_PARSE_FAILED")]) from None
        if errors := check_complexity(document, self._limits) or self._validate(document):
            raise InvalidDocument([with_code(error, "GRAPHQL_VALIDATION_FAILED") for error in errors])
        return Document(document, self._prices(document))

    def _prices(self, document: DocumentNode) -> dict[str | None, OperationCost]:
        pricing = CostAnalysis(self._schema, self._weights, document)
        operations = (each for each in document.definitions if isinstance(each, OperationDefinitionNode))
        return {each.name.value if each.name else None: pricing.operation(each) for each in operations}

    def _validate(self, document: DocumentNode) -> list[GraphQLError]:
        limits = self._limits
        if not limits.introspection and (errors := validate(self._schema, document, _NO_INTROSPECTION)):
            return errors
        errors = validate(self._schema, document, RULES, hide_suggestions=not limits.suggestions)
        if limits.introspection or limits.suggestions:
            return errors
        return [
            GraphQLError("This doesn't fit the schema.", error.nodes, original_error=error.original_error)
            for error in errors
        ]


def with_code(error: GraphQLError, code: str) -> GraphQLError:
    """The same error, which says `code` unless whoever raised it said better."""
    error.extensions = {"code": code, **(error.extensions or {})}
    return error
