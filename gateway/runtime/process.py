"""Composition root: the parts of a gateway, built from its settings, started in order and stopped in reverse."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta

from gateway.accounts.credentials import AccountTokens
from gateway.accounts.lifecycle import AccountLifecycle
from gateway.accounts.tickets import TicketIssuer
from gateway.aio.background import Service, start_services
from gateway.aio.shutdown import Drain, Shutdown
from gateway.config import Settings
from gateway.config.encryption_keys import encryption_keys
from gateway.events.cursors import EventCursors
from gateway.events.event_lookup import EventLookup
from gateway.events.hub import Hub
from gateway.events.ingest import Ingest
from gateway.events.listeners import Listeners
from gateway.events.recorder import Recorder
from gateway.mutations.idempotency.runner import JournalRunner
from gateway.mutations.idempotency.settling import SettlingTimes
from gateway.mutations.preconditions import MutationServices
from gateway.mutations.viewer_mutations import Mutations
from gateway.observability.metrics import Metrics
from gateway.reads.fetch import Freshness
from gateway.reads.poller import Poller
from gateway.reads.session import ReadServices
from gateway.runtime.clock import Now, utc_now
from gateway.runtime.provider_startup import ProviderStartup
from gateway.runtime.store_startup import open_store
from gateway.storage import Cipher, Store
from gateway.storage.entity_lookup import EntityLookup
from gateway.storage.housekeeping import Housekeeping
from providers.api.provider import Provider, ProviderSettings
from providers.upstreams import Upstreams


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """The parts of a gateway that live as long as its process. `upstreams` and `store` are open."""

    settings: Settings
    now: Now
    store: Store
    upstreams: Upstreams
    hub: Hub
    listeners: Listeners
    cursors: EventCursors
    events: EventLookup
    recorder: Recorder
    reads: ReadServices
    mutations: Mutations


async def open_process(
    settings: Settings,
    exit_stack: AsyncExitStack,
    now: Now = utc_now,
    metrics: Metrics | None = None,
    shutdown: Shutdown | None = None,
) -> Process:
    """Build a process and start its background services; `exit_stack` stops and closes them in reverse.

    Wait `store.wait_seconds` for a database that can't be reached. Raise what `build_process` raises.
    """
    shutdown = shutdown or Shutdown()
    process = await build_process(
        settings, exit_stack, now, metrics or Metrics(), shutdown, wait_seconds=settings.store.wait_seconds
    )
    await start_services(_services(process, shutdown), exit_stack)
    return process


async def build_process(
    settings: Settings,
    exit_stack: AsyncExitStack,
    now: Now,
    metrics: Metrics,
    shutdown: Shutdown,
    *,
    wait_seconds: float = 0,
    may_create: bool = True,
) -> Process:
    """Open the store and the providers, and build the parts above them, none of which works in the background yet.

    `exit_stack` closes what was opened. Raise ConfigurationError, CipherError or StoreUnavailable if the operator has
    to change something; a database that can't be reached may come up within `wait_seconds`. Without `may_create` the
    providers create no files.
    """
    keys = encryption_keys(settings.store)
    store = await open_store(settings, Cipher(keys), now, wait_seconds)
    exit_stack.push_async_callback(store.aclose)
    exit_stack.enter_context(shutdown.giving_up(store.abandon))
    await store.rekeying.check()
    hub = Hub(store)
    recorder = Recorder(store, hub, now)
    # Any part may be queued by a caller that no longer waits for it.
    exit_stack.push_async_callback(shutdown.wait_for, "commits", recorder.group.drain)
    tokens = AccountTokens(store, recorder, now)
    startup = ProviderStartup(
        settings=settings,
        now=now,
        tokens=tokens,
        ingest=Ingest(store, recorder),
        metrics=metrics,
        may_create=may_create,
        exit_stack=exit_stack,
    )
    upstreams = await startup.open_all()
    # Any call of a provider may begin a renewal, also without background services: `switchboard check` does.
    exit_stack.push_async_callback(shutdown.wait_for, "renewals", tokens.drain)
    metrics.watch_circuits(upstreams)
    freshness = Freshness.configured(settings.fresh_seconds, settings.usable_seconds)
    reads = ReadServices.over(store, upstreams, recorder, freshness, now)
    cursors = EventCursors(keys)
    return Process(
        settings=settings,
        now=now,
        store=store,
        upstreams=upstreams,
        hub=hub,
        listeners=Listeners(),
        cursors=cursors,
        events=EventLookup(reads.lookup),
        recorder=recorder,
        reads=reads,
        mutations=_mutations(settings, store, recorder, upstreams, now),
    )


def _services(process: Process, shutdown: Shutdown) -> list[Service]:
    """Return the services in the order in which they start; they stop in reverse.

    The poller stops first, since it starts refreshes; the hub stops after the last write has been announced.
    """
    return [
        process.hub,
        Drain(shutdown, "writes", process.mutations.runner.drain),
        process.mutations.reconciler(),
        Housekeeping(process.store, process.now),
        Drain(shutdown, "fetches", process.reads.refresher.drain),
        Poller(process.reads, process.listeners, process.hub),
    ]


def _mutations(settings: Settings, store: Store, recorder: Recorder, upstreams: Upstreams, now: Now) -> Mutations:
    settling = {name: _settling(settings.providers[name], upstream.provider) for name, upstream in upstreams.items()}
    services = MutationServices(
        store=store,
        upstreams=upstreams,
        lifecycle=AccountLifecycle(store, now),
        tickets=TicketIssuer(store, settings.server.public_url, now),
        return_urls=settings.server.return_urls,
        internal_media=settings.limits.internal_media,
        now=now,
    )
    return Mutations(services, JournalRunner(store, recorder, EntityLookup(store), now, settling))


def _settling(options: ProviderSettings, provider: Provider) -> SettlingTimes:
    lag = options.lookup_lag_seconds
    return SettlingTimes(
        longest_call=timedelta(seconds=options.http.total_seconds),
        lookup_lag=provider.lookup_lag if lag is None else timedelta(seconds=lag),
    )
