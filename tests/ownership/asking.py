"""Asks as any viewer, and hears what is told and what it took."""

import json
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import Any

from graphql import ExecutionResult, GraphQLObjectType, GraphQLSchema

from gateway.runtime.operation_context import Operations
from gateway.runtime.process import Process
from providers.domain.viewer import Viewer
from resolvers.errors import format_error
from resolvers.schema import schema
from tests.ownership.question import Question, questions, strings
from tests.testkit.paper import Paper
from tests.testkit.plans import execute, subscribe
from tests.testkit.statements import own_statements

GRAPHQL: GraphQLSchema = schema._schema
READ_AND_WRITE = frozenset({"read", "write"})


def _root(root: GraphQLObjectType | None) -> list[Question]:
    assert root is not None
    return list(questions(GRAPHQL, root))


QUERIES, MUTATIONS = _root(GRAPHQL.query_type), _root(GRAPHQL.mutation_type)
SUBSCRIPTIONS = _root(GRAPHQL.subscription_type)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a viewer is told, in words, and what it took."""

    told: str
    statements: int
    calls: int

    @property
    def readable(self) -> str:
        """With whatever is hidden in ids and cursors."""
        return " ".join([self.told, *(_opened(text) for text in strings(json.loads(self.told)))])


@dataclass(frozen=True, slots=True, repr=False)
class Asking:
    process: Process
    operations: Operations
    paper: Paper

    async def ask(self, viewer: Viewer, question: Question, *ids: str) -> Answer:
        context = self.operations.context(viewer, force=False)
        variables = question.variables(*ids)
        calls = self.paper.calls.total()
        with own_statements(self.process.store) as sent:
            run = subscribe if question in SUBSCRIPTIONS else execute
            started: Any = run(GRAPHQL, question.document, context_value=context, variable_values=variables)
            result = started if isinstance(started, ExecutionResult) else await started
            if not isinstance(result, ExecutionResult):
                await result.aclose()
                return Answer('"listens"', 0, 0)
        errors = [format_error(error, _unexpected) for error in result.errors or ()]
        told = json.dumps({"data": result.data, "errors": errors}, default=str)
        return Answer(told, len(sent), self.paper.calls.total() - calls)


def _unexpected(error: Exception) -> str:
    raise error


def _opened(text: str) -> str:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("utf-8", "replace")
    except ValueError:
        return ""
