"""Every benchmark runs, with as little work as it can: what it prints here means nothing."""

import re
from pathlib import Path

import pytest

from tests.bench.benchmarks import BENCHMARKS
from tests.bench.figures import Bound, Figure, Group
from tests.bench.load import Effort
from tests.bench.page import page
from tests.bench.world import postgresql_server
from tests.testkit.forked import ROOT


@pytest.mark.parametrize("name", BENCHMARKS)
async def test_a_benchmark_yields_figures(name: str, tmp_path: Path) -> None:
    if name == "postgresql" and postgresql_server() is None:
        pytest.skip("SWITCHBOARD_TEST_POSTGRES names no PostgreSQL server.")
    groups = [group async for group in BENCHMARKS[name](tmp_path, Effort.brief())]
    assert groups
    for group in groups:
        assert group.figures
        assert len(group.table().splitlines()) == 2 + len(group.figures)


def test_a_table_has_the_ratio_and_whether_it_holds() -> None:
    required = Bound(required=2.0, aim=1.25)
    rate = Bound(required=200, at_least=True)
    group = Group(
        "Warm",
        "floor",
        [
            Figure(name="Q1", unit="CPU ms", product=3, floor=2.0, bound=required),
            Figure(name="Q2", unit="CPU ms", product=0.5, floor=0.125, bound=required),
            Figure(name="texts", unit="a second", product=34.0, bound=rate),
        ],
    )
    assert group.table().splitlines() == [
        "| Warm  | unit     | product | floor | ratio | required |    aim | holds |",
        "| ----- | -------- | ------: | ----: | ----: | -------: | -----: | ----: |",
        "| Q1    | CPU ms   |       3 |  2.00 |  1.50 |      ≤ 2 | ≤ 1.25 |   yes |",
        "| Q2    | CPU ms   |   0.500 | 0.125 |  4.00 |      ≤ 2 | ≤ 1.25 |    no |",
        "| texts | a second |    34.0 |       |       |    ≥ 200 |        |    no |",
    ]


def test_the_page_shows_earlier_figures_beside_those_of_now() -> None:
    before, now = (
        {"groups": [Group("Warm", "floor", [Figure(name="Q1", unit="CPU ms", product=cost, floor=1.0)]).to_json()]}
        for cost in (20.0, 2.0)
    )
    assert page(now, before).splitlines()[-1] == "| Q1 | CPU ms |  |  | 20.0 (20.0 x) | 2.00 | 1.00 | 2.00 |"


def test_the_page_of_the_documentation_names_every_benchmark() -> None:
    documented = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "performance.md").read_text(), re.MULTILINE)
    assert documented == list(BENCHMARKS)
