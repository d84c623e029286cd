"""Short versions of the runs; `make chaos` has the long ones."""

from datetime import timedelta
from pathlib import Path

from tests.chaos import hostile, kills, writes
from tests.faults.odd_upstream import OddUpstream
from tests.testkit.clock import Ahead


async def test_mutations_with_random_faults_are_done_once_each(tmp_path: Path) -> None:
    result = await writes.run(tmp_path, count=70, writers=10, seed=20260507)

    assert result.faults == []
    assert len(result.tally.acknowledged) == result.upstream == 70
    assert result.spoiled > 5
    assert result.in_doubt == 0


async def test_mutations_take_effect_once_with_lagging_lists_and_skewed_clocks(tmp_path: Path) -> None:
    odd = OddUpstream(Ahead(timedelta(minutes=-5)), lag=timedelta(seconds=1))

    result = await writes.run(tmp_path, count=70, writers=10, seed=20260507, odd=odd)

    assert result.faults == []
    assert len(result.tally.acknowledged) == result.upstream == 70
    assert result.in_doubt == 0


async def test_a_gateway_that_is_killed_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    result = await kills.run(tmp_path, kills=2, writers=10, seed=20260507)

    assert result.faults == []
    assert result.tally.acknowledged


async def test_a_hostile_provider_is_unavailable_and_leaves_the_memory_as_it_was(tmp_path: Path) -> None:
    result = await hostile.run(tmp_path, answers=100, limit=1024 * 1024, seed=20260507)

    assert result.codes == ["UNAVAILABLE"] * 100
    assert result.health == "UNAVAILABLE"
    assert result.growth < result.tolerance
