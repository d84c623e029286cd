"""A gateway over RingPlan."""

from pathlib import Path

import httpx
import pytest

from tests.testkit.ringplan import Person, RingPlan
from tests.testkit.token import REQUIRED
from tests.testkit.world import WorldBuilder


@pytest.fixture
async def ringplan(sandbox: httpx.AsyncClient) -> RingPlan:
    """RingPlan without faults."""
    ringplan = RingPlan(sandbox)
    await ringplan.be_well()
    return ringplan


@pytest.fixture
async def person(ringplan: RingPlan) -> Person:
    """The user whose RingPlan account ada connects."""
    return await ringplan.person()


@pytest.fixture
def builder(sandbox_url: str, ringplan: RingPlan, options: str, tmp_path: Path, sqlite_url: str) -> WorldBuilder:
    return WorldBuilder(
        folder=tmp_path,
        providers={"ringplan": options},
        sandbox_url=sandbox_url,
        store_url=sqlite_url,
        settings=REQUIRED,
    )
