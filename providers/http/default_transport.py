"""The default transport: `pyreqwest` if the extra `fast` is installed, else `httpx`."""

from providers.http.limits import Traffic
from providers.http.transport import Transport


def default_transport(traffic: Traffic) -> Transport:
    """Return a new transport. Its library is imported here: it takes 8 MB, which a process without calls saves."""
    try:
        from providers.http.pyreqwest_transport import PyreqwestTransport  # noqa: PLC0415
    except ImportError:
        from providers.http.httpx_transport import HttpxTransport  # noqa: PLC0415

        return HttpxTransport(traffic)
    return PyreqwestTransport(traffic)
