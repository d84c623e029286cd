"""What a running gateway consists of, put together from its settings, opened and closed in order."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from gateway.accounts.credentials import AccountTokens
from gateway.accounts.lifecycle import AccountLifecycle
from gateway.accounts.tickets import TicketIssuer
from gateway.aio.shutdown import Shutdown
from gateway.config import Settings
from gateway.config.encryption_keys import encryption_keys
from gateway.events.cursors import EventCursors
from gateway.events.hub import Hub
from gateway.events.ingest import Ingest
from gateway.events.listeners import Listeners
from gateway.events.recorder import Recorder
from gateway.mutations.idempotency.runner import JournalRunner
from gateway.mutations.idempotency.settling import SettlingTimes
from gateway.mutations.preconditions import MutationServices
from gateway.mutations.viewer_mutations import Mutations
from gateway.observability.metrics import Metrics
from gateway.reads.account_lists import AccountLists
from gateway.reads.freshness import Freshness
from gateway.reads.meeting_details import MeetingDetailFetches
from gateway.reads.meetings import MeetingFetches
from gateway.reads.messages import MessageFetches
from gateway.reads.poller import Poller
from gateway.reads.refresher import Refresher
from gateway.runtime.store_startup import open_store
from gateway.storage import Cipher, Store
from gateway.storage.entity_lookup import EntityLookup
from gateway.storage.housekeeping import Housekeeping
from providers.api.provider import Core, Provider, ProviderSettings
from providers.http import HttpClient
from providers.registry import load_plugin
from providers.upstreams import Upstream, Upstreams

Now = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Process:
    """The parts of a gateway that live as long as its process."""

    settings: Settings
    now: Now
    store: Store
    upstreams: Upstreams
    hub: Hub
    audience: Listeners
    cursors: EventCursors
    recorder: Recorder
    freshness: Freshness
    refresher: Refresher
    directory: AccountLists
    meeting_reading: MeetingFetches
    message_reading: MessageFetches
    details: MeetingDetailFetches
    mutations: Mutations


@dataclass(frozen=True, slots=True)
class Ground:
    """What a process stands on, before it does anything by itself: the store, and the providers."""

    cursors: EventCursors
    store: Store
    hub: Hub
    recorder: Recorder
    upstreams: Upstreams


async def open_ground(
    settings: Settings,
    exit_stack: AsyncExitStack,
    now: Now = utc_now,
    metrics: Metrics | None = None,
    stopping: Shutdown | None = None,
    *,
    wait_seconds: float = 0,
    may_create: bool = True,
) -> Ground:
    """Opens the store and the providers; what is opened is closed with `exit_stack`, after what is under way.

    ConfigurationError, CipherError or StoreUnavailable where something of the operator's is wrong. A database that
    can't be reached may come up within `wait_seconds`. Without `may_create` the providers create no files.
    """
    keys = encryption_keys(settings.store)
    store = await open_store(settings.store.url.get_secret_value(), Cipher(keys), now, wait_seconds)
    exit_stack.push_async_callback(store.aclose)
    await store.rekeying.check()
    hub = Hub(store)
    recorder = Recorder(store, hub, now)
    metrics, stopping = metrics or Metrics(), stopping or Shutdown()
    tokens = AccountTokens(store, recorder, now)
    upstreams = await _open_upstreams(
        settings, exit_stack, store, recorder, tokens, now=now, metrics=metrics, may_create=may_create
    )
    exit_stack.push_async_callback(stopping.wait_for, "renewals", tokens.drain)
    metrics.watch_circuits(upstreams)
    return Ground(EventCursors(keys), store, hub, recorder, upstreams)


async def open_process(
    settings: Settings,
    exit_stack: AsyncExitStack,
    now: Now = utc_now,
    metrics: Metrics | None = None,
    stopping: Shutdown | None = None,
) -> Process:
    """Opens the ground and sets to work what goes on by itself: the feed, the sweep, the tidying, the poller.

    Raises what `open_ground` raises; all of it ends with `exit_stack`.
    """
    stopping = stopping or Shutdown()
    ground = await open_ground(settings, exit_stack, now, metrics, stopping, wait_seconds=settings.store.wait_seconds)
    store, hub, recorder, upstreams = ground.store, ground.hub, ground.recorder, ground.upstreams
    await hub.open()
    exit_stack.push_async_callback(hub.aclose)
    mutations = _mutations(settings, store, recorder, upstreams, now)
    exit_stack.push_async_callback(stopping.wait_for, "writes", mutations.runner.drain)
    sweep = mutations.reconciler()
    sweep.open()
    exit_stack.push_async_callback(sweep.aclose)
    housekeeping = Housekeeping(store, now)
    housekeeping.open()
    exit_stack.push_async_callback(housekeeping.aclose)
    freshness = Freshness.configured(settings.fresh_seconds, settings.usable_seconds)
    refresher, directory = Refresher(store, recorder, now), AccountLists(store, upstreams, freshness, now)
    exit_stack.push_async_callback(stopping.wait_for, "readings", refresher.drain)
    details = MeetingDetailFetches(store, upstreams, recorder, now)
    exit_stack.push_async_callback(stopping.wait_for, "details", details.drain)
    message_reading, audience = MessageFetches(store, upstreams, freshness), Listeners()
    poller = Poller(
        store=store,
        upstreams=upstreams,
        refresher=refresher,
        directory=directory,
        reading=message_reading,
        audience=audience,
        hub=hub,
        now=now,
    )
    poller.open()
    exit_stack.push_async_callback(poller.aclose)
    return Process(
        settings=settings,
        now=now,
        store=store,
        upstreams=upstreams,
        hub=hub,
        audience=audience,
        cursors=ground.cursors,
        recorder=recorder,
        freshness=freshness,
        refresher=refresher,
        directory=directory,
        meeting_reading=MeetingFetches(store, freshness),
        message_reading=message_reading,
        details=details,
        mutations=mutations,
    )


async def _open_upstreams(
    settings: Settings,
    exit_stack: AsyncExitStack,
    store: Store,
    recorder: Recorder,
    tokens: AccountTokens,
    *,
    now: Now,
    metrics: Metrics,
    may_create: bool,
) -> Upstreams:
    """The configured providers, in the operator's order."""
    upstreams: dict[str, Upstream] = {}
    for name, options in settings.providers.items():
        http = HttpClient(name, options.http.traffic, watch=partial(metrics.called, name))
        exit_stack.push_async_callback(http.aclose)
        core = Core(
            name=name,
            http=http,
            tokens=tokens,
            now=now,
            publish=Ingest(store, recorder).take_in,
            callback_url=f"{settings.server.public_url}/connect/{name}/callback",
            may_create=may_create,
        )
        upstreams[name] = await _open(name, options, core, exit_stack)
    return upstreams


def _mutations(settings: Settings, store: Store, recorder: Recorder, upstreams: Upstreams, now: Now) -> Mutations:
    entities = EntityLookup(store)
    settling = {name: _settling(settings.providers[name], upstream.provider) for name, upstream in upstreams.items()}
    services = MutationServices(
        store=store,
        entities=entities,
        upstreams=upstreams,
        lifecycle=AccountLifecycle(store, now),
        tickets=TicketIssuer(store, settings.server.public_url, now),
        return_urls=settings.server.return_urls,
        internal_media=settings.limits.internal_media,
        now=now,
    )
    return Mutations(services, JournalRunner(store, recorder, entities, now, settling))


def _settling(options: ProviderSettings, provider: Provider) -> SettlingTimes:
    lag = options.lookup_lag_seconds
    return SettlingTimes(
        longest_call=timedelta(seconds=options.http.total_seconds),
        lookup_lag=provider.lookup_lag if lag is None else timedelta(seconds=lag),
    )


async def _open(name: str, options: ProviderSettings, core: Core, exit_stack: AsyncExitStack) -> Upstream:
    provider = load_plugin(options.plugin)(options, core)
    exit_stack.push_async_callback(provider.aclose)
    await provider.open()
    return Upstream(name, options.plugin, provider, core.http)
