"""The benchmarks by name. Each yields groups of figures; `folder` is for its files."""

from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

from tests.bench.auth import measure_auth
from tests.bench.cold import measure_cold
from tests.bench.counts import measure_counts
from tests.bench.figures import Group
from tests.bench.growth import measure_growth
from tests.bench.load import Effort
from tests.bench.start import measure_start
from tests.bench.subscriptions import measure_subscriptions
from tests.bench.upstream import measure_upstream
from tests.bench.warm import measure_postgresql, measure_warm
from tests.bench.writes import measure_writes

Benchmark = Callable[[Path, Effort], AsyncIterator[Group]]

BENCHMARKS: Mapping[str, Benchmark] = {
    "warm": measure_warm,
    "postgresql": measure_postgresql,
    "cold": measure_cold,
    "growth": measure_growth,
    "upstream": measure_upstream,
    "counts": measure_counts,
    "auth": measure_auth,
    "start": measure_start,
    "writes": measure_writes,
    "subscriptions": measure_subscriptions,
}
