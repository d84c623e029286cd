"""The configured GraphQL engine."""

from uuid import uuid4

import structlog
from graphql import GraphQLError

from gateway.config import Settings
from gateway.config.trusted_documents import read_manifest
from gateway.graphql.execution.cost.buckets import TokenBuckets
from gateway.graphql.execution.cost.rate_limit import RateLimit
from gateway.graphql.execution.cost.weights import WEIGHTS
from gateway.graphql.execution.engine import Engine
from gateway.graphql.execution.trusted_documents import PersistedDocuments
from gateway.graphql.limits import Limits
from gateway.observability.instrumentation import Instrumentation
from gateway.runtime.session import extensions
from resolvers.context import Context
from resolvers.errors import format_error
from resolvers.schema import schema

_log = structlog.get_logger(__name__)


def graphql_limits(settings: Settings) -> Limits:
    server, limits = settings.server, settings.limits
    return Limits(
        body=limits.body,
        tokens=limits.tokens,
        depth=limits.depth,
        aliases=limits.aliases,
        root_fields=limits.root_fields,
        directives=limits.directives,
        batch=limits.batch if limits.batching else 0,
        seconds=limits.seconds,
        connection_init=settings.connections.handshake_seconds,
        connections=limits.connections,
        subscriptions=limits.subscriptions,
        introspection=bool(server.introspection),
        suggestions=bool(server.suggestions),
    )


def build_engine(settings: Settings, limits: Limits, watch: Instrumentation) -> Engine[Context]:
    return Engine(
        schema,
        format_error=_formatted,
        extensions=extensions,
        limits=limits,
        meter=_meter(settings),
        persisted=_persisted(settings),
        watch=watch,
    )


def _meter(settings: Settings) -> RateLimit[Context]:
    """An open gateway has one user, whom no bucket limits."""
    limits, is_open = settings.limits, settings.auth.is_open
    return RateLimit(
        WEIGHTS,
        most=limits.cost,
        buckets=TokenBuckets(limits.cost_bucket, limits.cost_restore_rate),
        spender=lambda context: None if is_open else context.viewer.user_id,
    )


def _persisted(settings: Settings) -> PersistedDocuments:
    path = settings.limits.trusted_documents
    return PersistedDocuments(read_manifest(path) if path else None, only=settings.limits.only_trusted)


def _formatted(error: GraphQLError) -> dict[str, object]:
    return dict(format_error(error, _report))


def _report(error: Exception) -> str:
    reference = uuid4().hex
    _log.error("unexpected_error", reference=reference, exc_info=error)
    return reference
