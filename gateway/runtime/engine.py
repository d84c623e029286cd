"""The GraphQL engine for the gateway's schema, as the settings configure it."""

from operator import attrgetter
from uuid import uuid4

import structlog
from graphql import GraphQLError

from gateway.config import GraphqlLimits, Settings
from gateway.config.trusted_documents import read_trusted_documents
from gateway.graphql.execution.cost.rate_limit import RateLimit, TokenBuckets
from gateway.graphql.execution.cost.weights import WEIGHTS
from gateway.graphql.execution.document_cache import PersistedDocuments
from gateway.graphql.execution.engine import Engine
from gateway.observability.instrumentation import Instrumentation
from gateway.runtime.operation_context import OperationContext, SubscriberContexts, extensions
from gateway.runtime.session import LimitedUsers
from resolvers.errors import format_error
from resolvers.schema import schema

_log = structlog.get_logger(__name__)


def graphql_limits(settings: Settings) -> GraphqlLimits:
    # Not validated again: the settings are valid, and validation would read the file of trusted documents once more.
    return GraphqlLimits.model_construct(
        **dict(settings.limits),
        connection_init_seconds=settings.connections.handshake_seconds,
        introspection=bool(settings.server.introspection),
        suggestions=bool(settings.server.suggestions),
    )


def build_engine(
    settings: Settings, limits: GraphqlLimits, users: LimitedUsers, instrumentation: Instrumentation
) -> Engine[OperationContext]:
    return Engine(
        schema,
        format_error=_format,
        extensions=extensions,
        limits=limits,
        rate_limit=_rate_limit(settings, users),
        persisted=_persisted_documents(settings),
        instrumentation=instrumentation,
        event_contexts=SubscriberContexts(),
    )


def _rate_limit(settings: Settings, users: LimitedUsers) -> RateLimit[OperationContext]:
    limits = settings.limits
    return RateLimit(
        WEIGHTS,
        max_cost=limits.cost,
        buckets=TokenBuckets(limits.cost_bucket, limits.cost_restore_rate),
        user_of=users.of_context,
        is_wanted=attrgetter("shows_cost"),
    )


def _persisted_documents(settings: Settings) -> PersistedDocuments:
    path = settings.limits.trusted_documents
    trusted = read_trusted_documents(path) if path else None
    return PersistedDocuments(trusted, only_trusted=settings.limits.only_trusted)


def _format(error: GraphQLError) -> dict[str, object]:
    return dict(format_error(error, _report))


def _report(error: Exception) -> str:
    """Log an unexpected error; return the reference by which a client's report is found in the log."""
    reference = uuid4().hex
    _log.error("operation_failed", reference=reference, exc_info=error)
    return reference
