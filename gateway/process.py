"""What a running gateway consists of, put together from its settings, opened and closed in order."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from gateway.connection.keeping import AccountKeeping
from gateway.connection.ticket import TicketOffice
from gateway.encryption_key import encryption_keys
from gateway.events.audience import Audience
from gateway.events.cursor import EventCursors
from gateway.events.hub import Hub
from gateway.events.intake import Intake
from gateway.events.record import Recorder
from gateway.housekeeping import Housekeeping
from gateway.known import Known
from gateway.metrics import Metrics
from gateway.reading.details import DetailReading
from gateway.reading.directory import Directory
from gateway.reading.freshness import Freshness
from gateway.reading.meetings import MeetingReading
from gateway.reading.messages import MessageReading
from gateway.reading.poller import Poller
from gateway.reading.refresher import Refresher
from gateway.settings import Settings
from gateway.stopping import Stopping
from gateway.store import Cipher, Store
from gateway.store_startup import open_store
from gateway.tokens import StoredTokens
from gateway.upstream import Upstream, Upstreams
from gateway.writing.doubt import Settling
from gateway.writing.execution import Execution
from gateway.writing.sweep import Sweep
from gateway.writing.writers import Writers
from providers.http import HttpClient
from providers.provider import Core, Provider, ProviderSettings
from providers.registry import load_plugin

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
    audience: Audience
    cursors: EventCursors
    recorder: Recorder
    freshness: Freshness
    refresher: Refresher
    directory: Directory
    meeting_reading: MeetingReading
    message_reading: MessageReading
    details: DetailReading
    writers: Writers


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
    stopping: Stopping | None = None,
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
    metrics, stopping = metrics or Metrics(), stopping or Stopping()
    tokens = StoredTokens(store, recorder, now)
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
    stopping: Stopping | None = None,
) -> Process:
    """Opens the ground and sets to work what goes on by itself: the feed, the sweep, the tidying, the poller.

    Raises what `open_ground` raises; all of it ends with `exit_stack`.
    """
    stopping = stopping or Stopping()
    ground = await open_ground(settings, exit_stack, now, metrics, stopping, wait_seconds=settings.store.wait_seconds)
    store, hub, recorder, upstreams = ground.store, ground.hub, ground.recorder, ground.upstreams
    await hub.open()
    exit_stack.push_async_callback(hub.aclose)
    writers = _writers(settings, store, recorder, upstreams, now)
    exit_stack.push_async_callback(stopping.wait_for, "writes", writers.execution.drain)
    sweep = Sweep(writers)
    sweep.open()
    exit_stack.push_async_callback(sweep.aclose)
    housekeeping = Housekeeping(store, now)
    housekeeping.open()
    exit_stack.push_async_callback(housekeeping.aclose)
    freshness = Freshness.configured(settings.fresh_seconds, settings.usable_seconds)
    refresher, directory = Refresher(store, recorder, now), Directory(store, upstreams, freshness, now)
    exit_stack.push_async_callback(stopping.wait_for, "readings", refresher.drain)
    details = DetailReading(store, upstreams, recorder, now)
    exit_stack.push_async_callback(stopping.wait_for, "details", details.drain)
    message_reading, audience = MessageReading(store, upstreams, freshness), Audience()
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
        meeting_reading=MeetingReading(store, freshness),
        message_reading=message_reading,
        details=details,
        writers=writers,
    )


async def _open_upstreams(
    settings: Settings,
    exit_stack: AsyncExitStack,
    store: Store,
    recorder: Recorder,
    tokens: StoredTokens,
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
            publish=Intake(store, recorder).take_in,
            callback_url=f"{settings.server.public_url}/connect/{name}/callback",
            may_create=may_create,
        )
        upstreams[name] = await _open(name, options, core, exit_stack)
    return upstreams


def _writers(settings: Settings, store: Store, recorder: Recorder, upstreams: Upstreams, now: Now) -> Writers:
    known = Known(store)
    settling = {name: _settling(settings.providers[name], upstream.provider) for name, upstream in upstreams.items()}
    return Writers(
        store=store,
        known=known,
        upstreams=upstreams,
        execution=Execution(store, recorder, known, now, settling),
        keeping=AccountKeeping(store, now),
        tickets=TicketOffice(store, settings.server.public_url, now),
        return_urls=settings.server.return_urls,
        internal_media=settings.limits.internal_media,
        now=now,
    )


def _settling(options: ProviderSettings, provider: Provider) -> Settling:
    lag = options.lookup_lag_seconds
    return Settling(
        longest_call=timedelta(seconds=options.http.total_seconds),
        lookup_lag=provider.lookup_lag if lag is None else timedelta(seconds=lag),
    )


async def _open(name: str, options: ProviderSettings, core: Core, exit_stack: AsyncExitStack) -> Upstream:
    provider = load_plugin(options.plugin)(options, core)
    exit_stack.push_async_callback(provider.aclose)
    await provider.open()
    return Upstream(name, options.plugin, provider, core.http)
