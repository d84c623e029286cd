"""The default transport: `pyreqwest` if the extra `fast` is installed, else `httpx`."""

from collections.abc import Callable

from providers.http.limits import Traffic
from providers.http.transport import Transport

default_transport: Callable[[Traffic], Transport]
try:
    from providers.http.pyreqwest_transport import PyreqwestTransport
except ImportError:
    from providers.http.httpx_transport import HttpxTransport

    default_transport = HttpxTransport
else:
    default_transport = PyreqwestTransport
