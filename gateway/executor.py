"""The executor of the schema, as the settings want it."""

from uuid import uuid4

import structlog
from graphql import GraphQLError

from gateway.http.bucket import Buckets
from gateway.http.executor import Executor
from gateway.http.limits import Limits
from gateway.http.manifest import read_manifest
from gateway.http.meter import Meter
from gateway.http.persisted import PersistedDocuments
from gateway.http.watch import Watch
from gateway.operation import extensions
from gateway.settings import Settings
from gateway.store import StoreUnavailable
from gateway.weights import WEIGHTS
from providers.errors import Unavailable
from resolvers.context import Context
from resolvers.errors import format_error
from resolvers.schema import schema

_log = structlog.get_logger(__name__)


def limits_of(settings: Settings) -> Limits:
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


def executor_of(settings: Settings, limits: Limits, watch: Watch) -> Executor[Context]:
    return Executor(
        schema,
        format_error=_formatted,
        extensions=extensions,
        limits=limits,
        meter=_meter(settings),
        persisted=_persisted(settings),
        watch=watch,
    )


def _meter(settings: Settings) -> Meter[Context]:
    """Whoever has a gateway to themselves may ask as much as it bears."""
    limits, shared = settings.limits, settings.auth.mode == "required"
    return Meter(
        WEIGHTS,
        most=limits.cost,
        buckets=Buckets(limits.cost_bucket, limits.cost_restore_rate),
        spender=lambda context: context.viewer.user_id if shared else None,
    )


def _persisted(settings: Settings) -> PersistedDocuments:
    path = settings.limits.trusted_documents
    return PersistedDocuments(read_manifest(path) if path else None, only=settings.limits.only_trusted)


def _formatted(error: GraphQLError) -> dict[str, object]:
    return dict(format_error(_told(error), _reported))


def _told(error: GraphQLError) -> GraphQLError:
    """A store that fails is nobody's secret: it is told as a provider's failure is, without naming one."""
    if not isinstance(error.original_error, StoreUnavailable):
        return error
    unavailable = Unavailable(error.original_error.message)
    return GraphQLError(unavailable.message, error.nodes, path=error.path, original_error=unavailable)


def _reported(error: Exception) -> str:
    reference = uuid4().hex
    _log.error("unexpected_error", reference=reference, exc_info=error)
    return reference
