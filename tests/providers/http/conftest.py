"""Both transports, for tests that hold whichever of them a client uses."""

from collections.abc import Callable

import pytest

from providers.http import Traffic
from providers.http.httpx_transport import HttpxTransport
from providers.http.pyreqwest_transport import PyreqwestTransport
from providers.http.transport import Transport

MakeTransport = Callable[[Traffic], Transport]


@pytest.fixture(params=[PyreqwestTransport, HttpxTransport], ids=["pyreqwest", "httpx"])
def make_transport(request: pytest.FixtureRequest) -> MakeTransport:
    make: MakeTransport = request.param
    return make
