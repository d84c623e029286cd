"""HTTP without TLS."""

from typing import Any

import httpx


def plain_http(**options: Any) -> httpx.AsyncClient:
    """A client that loads no certificates: that would take longer than most tests."""
    return httpx.AsyncClient(verify=False, **options)
