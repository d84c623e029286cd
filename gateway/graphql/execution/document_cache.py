"""The documents of operations: found by their ids and hashes, and cached when they are valid.

A document is parsed, validated, analysed for its cost and compiled once, however often it is sent.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

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

from gateway.config import GraphqlLimits
from gateway.graphql.execution.complexity import check_complexity
from gateway.graphql.execution.cost.analysis import CostAnalysis
from gateway.graphql.execution.cost.model import OperationCost
from gateway.graphql.execution.operation import Operation
from gateway.graphql.execution.plan.compiler import PlanCompiler
from gateway.graphql.execution.plan.operation import OperationPlan
from gateway.graphql.execution.selection_tree import SelectedOperation, selection_tree
from resolvers.strawberry_compat import STRAWBERRY_RULES

MAX_DOCUMENTS = 512
MAX_DOCUMENT_BYTES = 32 * 1024

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


class Plans:
    """The plans that were used last, of all operations, at most `maximum`.

    An operation has one for each combination of the values of its conditions, of which there may be many.
    """

    def __init__(self, compiler: PlanCompiler, maximum: int) -> None:
        self._compiler = compiler
        self.get = lru_cache(maxsize=maximum)(self._compile)

    def _compile(self, operation: "CachedOperation", conditions: tuple[bool | None, ...]) -> OperationPlan:
        selected = operation.selected
        values = dict(zip(selected.conditional, conditions, strict=True))
        return self._compiler.compile(operation.document, selected, values)


@dataclass(frozen=True, slots=True, eq=False)
class CachedOperation:
    """An operation of a valid document: its cost, and its plans."""

    document: DocumentNode
    selected: SelectedOperation
    cost: OperationCost
    plans: Plans

    @property
    def node(self) -> OperationDefinitionNode:
        return self.selected.node

    def plan(self, variables: Mapping[str, object]) -> OperationPlan:
        """Return the plan for coerced variables."""
        return self.plans.get(self, tuple(_condition(variables.get(name)) for name in self.selected.conditional))


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
        self._plans = Plans(compiler, limits.cached_documents)
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
        return {each.name: CachedOperation(node, each, analysis.operation(each), self._plans) for each in tree}

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


class DocumentNotFound(Exception):
    """No document may run for this operation. `status` is HTTP's: Apollo's clients expect 200 and resend with it."""

    def __init__(self, message: str, code: str, status: int = 400) -> None:
        super().__init__(message)
        self.error = GraphQLError(message, extensions={"code": code})
        self.status = status


class PersistedDocuments:
    """Finds the document of an operation that identifies it.

    `trusted` documents have ids: the operator's manifest lists them. With `only_trusted` no other document runs.
    Automatic persisted queries have hashes: a client sends one once with its hash, and then the hash alone. This
    process stores those that were used last.
    """

    def __init__(self, trusted: Mapping[str, str] | None = None, *, only_trusted: bool = False) -> None:
        self._trusted = trusted or {}
        self._only_trusted = only_trusted
        self._by_sha256: OrderedDict[str, str] = OrderedDict()

    def source(self, operation: Operation) -> str:
        """Return the document that the operation sends or identifies. Raise DocumentNotFound."""
        if operation.document_id is not None:
            return self._find_trusted(operation.document_id)
        if operation.query is None:
            return self._find(operation.sha256 or "")
        if self._only_trusted:
            raise DocumentNotFound(
                "Only trusted documents are allowed. Send documentId instead of query.", "PERSISTED_QUERY_ID_REQUIRED"
            )
        if operation.sha256 is not None and operation.sha256 != _sha256(operation.query):
            raise DocumentNotFound("provided sha does not match query", "BAD_USER_INPUT")  # Apollo's words
        return operation.query

    def store(self, operation: Operation) -> None:
        """Store the query of an operation that sends it with its hash. Call it for valid documents alone."""
        if operation.sha256 is None or operation.query is None or len(operation.query) > MAX_DOCUMENT_BYTES:
            return
        self._by_sha256[operation.sha256] = operation.query
        self._by_sha256.move_to_end(operation.sha256)
        if len(self._by_sha256) > MAX_DOCUMENTS:
            self._by_sha256.popitem(last=False)

    def _find_trusted(self, id: str) -> str:
        if id not in self._trusted:
            raise DocumentNotFound("documentId names no trusted document.", "PERSISTED_QUERY_NOT_FOUND")
        return self._trusted[id]

    def _find(self, sha256: str) -> str:
        if sha256 in self._trusted:
            return self._trusted[sha256]
        # Apollo's clients compare these two messages, and not the codes.
        if self._only_trusted:
            raise DocumentNotFound("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED", 200)
        if sha256 not in self._by_sha256:
            raise DocumentNotFound("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND", 200)
        self._by_sha256.move_to_end(sha256)
        return self._by_sha256[sha256]


def with_code(error: GraphQLError, code: str) -> GraphQLError:
    """Return the error with `code` in its extensions, unless it has a code already."""
    error.extensions = {"code": code, **(error.extensions or {})}
    return error


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
