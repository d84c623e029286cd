"""What the gateway counts, for Prometheus. No label names a user, an account or an object."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.aio.admission import Admission, Reason
from gateway.observability.instrumentation import Outcome
from gateway.storage import Store
from providers.domain.errors import StoreUnavailable
from providers.http import Circuit
from providers.upstreams import Upstream, Upstreams

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """One of a process. Implements `gateway.observability.instrumentation.Instrumentation`."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._operations = Histogram(
            "switchboard_graphql_seconds",
            "GraphQL operations, by their type and by what came of them.",
            ("type", "outcome"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._subscriptions = Gauge(
            "switchboard_subscriptions_open", "Subscriptions that are told events.", registry=self._registry
        )
        self._calls = Histogram(
            "switchboard_upstream_seconds",
            "Calls of providers, by what came of them.",
            ("provider", "host", "outcome"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._kept_back = Counter(
            "switchboard_upstream_kept_back",
            "Calls of providers that an open circuit did not let through.",
            ("provider", "host"),
            registry=self._registry,
        )
        self._journal = Gauge(
            "switchboard_journal_entries", "Mutations in the journal.", ("state",), registry=self._registry
        )
        self._feed = Gauge("switchboard_feed_position", "The number of the newest event.", registry=self._registry)
        self._store = Gauge("switchboard_store_up", "Whether the store answers.", registry=self._registry)

    def operation_ended(self, type: str, outcome: Outcome, seconds: float) -> None:
        self._operations.labels(type, outcome).observe(seconds)

    @contextmanager
    def subscription_open(self) -> Iterator[None]:
        with self._subscriptions.track_inprogress():
            yield

    def called(self, provider: str, host: str, outcome: str, seconds: float) -> None:
        """What a provider's `providers.http.Instrumentation` is told."""
        if outcome == "kept_back":
            self._kept_back.labels(provider, host).inc()
        else:
            self._calls.labels(provider, host, outcome).observe(seconds)

    def watch_circuits(self, upstreams: Upstreams) -> None:
        """From now on the state of their circuits is told as well."""
        self._registry.register(_Circuits(upstreams))

    def watch_connections(self, admission: Admission) -> None:
        """Report the server's connections, too."""
        self._registry.register(_Connections(admission))

    async def exposition(self, store: Store) -> bytes:
        """All of it, in Prometheus' text format; of a store that does not answer, as it was."""
        try:
            await self._ask(store)
        except StoreUnavailable:
            self._store.set(0)
        return generate_latest(self._registry)

    async def _ask(self, store: Store) -> None:
        for state, count in (await store.journal.counts()).items():
            self._journal.labels(state.value.lower()).set(count)
        self._feed.set(await store.feed.last())
        self._store.set(1)


class _Connections(Collector):
    def __init__(self, admission: Admission) -> None:
        self._admission = admission

    def collect(self) -> Iterable[Metric]:
        yield GaugeMetricFamily(
            "switchboard_connections_open", "Open connections of clients.", value=self._admission.open
        )
        refused = CounterMetricFamily(
            "switchboard_connections_refused",
            "Connections of clients that were refused or cut off, by the setting that says so.",
            labels=("reason",),
        )
        for reason in get_args(Reason):
            refused.add_metric((reason,), self._admission.refused[reason])
        yield refused


class _Circuits(Collector):
    def __init__(self, upstreams: Upstreams) -> None:
        self._upstreams = upstreams

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """1 for the state that a host's circuit is in, 0 for the others."""
        states = GaugeMetricFamily(
            "switchboard_circuit", "The circuits of providers' hosts.", labels=("provider", "host", "state")
        )
        for upstream in self._upstreams.values():
            _add(states, upstream)
        yield states


def _add(states: GaugeMetricFamily, upstream: Upstream) -> None:
    for host, circuit in upstream.http.circuits().items():
        for state in Circuit:
            states.add_metric((upstream.name, host, state.value), float(circuit is state))
