"""Metrics for Prometheus. No label names a user, an account or an object."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
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

STORE_SECONDS = 5.0
"""Time for the store to answer: Prometheus gives up after ten seconds, and then has no metrics at all."""


class Metrics:
    """The metrics of one process. Implements the interfaces of `gateway.observability.instrumentation`.

    switchboard_graphql_operation_duration_seconds{type, outcome}            histogram
    switchboard_subscriptions_open                                           gauge
    switchboard_websockets_closed_total{code}                                counter
    switchboard_upstream_request_duration_seconds{provider, host, outcome}   histogram
    switchboard_upstream_requests_rejected_total{provider, host}             counter
    switchboard_upstream_circuit_state{provider, host, state}                gauge: 1 for the current state
    switchboard_journal_entries{state}                                       gauge
    switchboard_feed_position                                                gauge
    switchboard_store_up                                                     gauge
    switchboard_connections_open                                             gauge
    switchboard_connections_refused_total{reason}                            counter

    Besides, the `process_` metrics of prometheus_client.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._operations = Histogram(
            "switchboard_graphql_operation_duration_seconds",
            "Duration of GraphQL operations.",
            ("type", "outcome"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._subscriptions = Gauge("switchboard_subscriptions_open", "Open subscriptions.", registry=self._registry)
        self._closed_websockets = Counter(
            "switchboard_websockets_closed_total",
            "WebSockets that the gateway closed, by close code.",
            ("code",),
            registry=self._registry,
        )
        self._calls = Histogram(
            "switchboard_upstream_request_duration_seconds",
            "Duration of requests to providers.",
            ("provider", "host", "outcome"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._rejected = Counter(
            "switchboard_upstream_requests_rejected_total",
            "Requests to providers that an open circuit breaker rejected.",
            ("provider", "host"),
            registry=self._registry,
        )
        self._journal = Gauge(
            "switchboard_journal_entries", "Mutations in the journal.", ("state",), registry=self._registry
        )
        self._feed = Gauge("switchboard_feed_position", "Sequence number of the newest event.", registry=self._registry)
        self._store = Gauge("switchboard_store_up", "1 if the store answers, else 0.", registry=self._registry)

    def operation_ended(self, type: str, outcome: Outcome, seconds: float) -> None:
        self._operations.labels(type, outcome).observe(seconds)

    @contextmanager
    def subscription_open(self) -> Iterator[None]:
        with self._subscriptions.track_inprogress():
            yield

    def websocket_closed(self, code: int) -> None:
        self._closed_websockets.labels(code).inc()

    def of_provider(self, name: str) -> "ProviderMetrics":
        return ProviderMetrics(name, self._calls, self._rejected)

    def watch_circuits(self, upstreams: Upstreams) -> None:
        """Report the state of the providers' circuit breakers, too."""
        self._registry.register(_Circuits(upstreams))

    def watch_connections(self, admission: Admission) -> None:
        """Report the server's connections, too."""
        self._registry.register(_Connections(admission))

    async def exposition(self, store: Store) -> bytes:
        """Return all metrics in Prometheus' text format.

        Those of a store that fails, or doesn't answer in `STORE_SECONDS`, have their last values.
        """
        try:
            async with asyncio.timeout(STORE_SECONDS):
                await self._read(store)
        except (StoreUnavailable, TimeoutError):
            self._store.set(0)
        return generate_latest(self._registry)

    async def _read(self, store: Store) -> None:
        for state, count in (await store.journal.counts()).items():
            self._journal.labels(state.value.lower()).set(count)
        self._feed.set(await store.feed.last())
        self._store.set(1)


@dataclass(frozen=True, slots=True)
class ProviderMetrics:
    """The metrics of one provider's calls."""

    provider: str
    calls: Histogram
    rejected: Counter
    series: dict[tuple[str, str], Histogram] = field(default_factory=dict)
    """Histograms by host and outcome: looking them up by labels takes longer than observing."""

    def called(self, host: str, outcome: str, seconds: float) -> None:
        """Count a call, as `providers.http.Watch` describes it."""
        if outcome == "rejected":
            self.rejected.labels(self.provider, host).inc()
        else:
            series = self.series.get((host, outcome))
            if series is None:
                series = self.series[host, outcome] = self.calls.labels(self.provider, host, outcome)
            series.observe(seconds)


class _Connections(Collector):
    def __init__(self, admission: Admission) -> None:
        self._admission = admission

    def collect(self) -> Iterable[Metric]:
        yield GaugeMetricFamily(
            "switchboard_connections_open", "Open connections of clients.", value=self._admission.open
        )
        refused = CounterMetricFamily(
            "switchboard_connections_refused_total",
            "Connections of clients that were refused or closed, by the setting whose limit was reached.",
            labels=("reason",),
        )
        for reason in get_args(Reason):
            refused.add_metric((reason,), self._admission.refused[reason])
        yield refused


class _Circuits(Collector):
    def __init__(self, upstreams: Upstreams) -> None:
        self._upstreams = upstreams

    def collect(self) -> Iterable[GaugeMetricFamily]:
        states = GaugeMetricFamily(
            "switchboard_upstream_circuit_state",
            "State of the circuit breaker of a provider's host.",
            labels=("provider", "host", "state"),
        )
        for upstream in self._upstreams.values():
            _add(states, upstream)
        yield states


def _add(states: GaugeMetricFamily, upstream: Upstream) -> None:
    for host, circuit in upstream.http.circuits().items():
        for state in Circuit:
            states.add_metric((upstream.name, host, state.value), float(circuit is state))
