"""A gateway's parts over the upstream on paper, without HTTP: thousands of questions are asked of them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from gateway.config import load_settings
from gateway.runtime.operation_context import Operations
from gateway.runtime.process import open_process
from tests.gateway.conftest import installed_plugin, paper_name  # noqa: F401
from tests.ownership.asking import Asking
from tests.testkit.clock import Clock
from tests.testkit.paper import PAPERS


@pytest.fixture
async def asking(tmp_path: Path, sqlite_url: str, clock: Clock, paper_name: str) -> AsyncIterator[Asking]:  # noqa: F811
    path = tmp_path / "switchboard.toml"
    path.write_text(f'[store]\nurl = "{sqlite_url}"\n[providers.paper]\nupstream = "{paper_name}"')
    async with AsyncExitStack() as exit_stack:
        process = await open_process(load_settings(path), exit_stack, clock)
        providers = {name: upstream.view() for name, upstream in process.upstreams.items()}
        yield Asking(process, Operations(process, providers), PAPERS[paper_name])


@pytest.fixture
def clock() -> Clock:
    return Clock()
