"""A gateway's own process, for clients of other makers."""

from collections.abc import Iterator

import pytest

from tests.testkit.server import Server, serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("protocol")) as running:
        yield running
