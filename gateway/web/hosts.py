"""Trusted hosts: the values of Host that are accepted."""

import re
from collections.abc import Collection

_HOST = re.compile(r"([\w.~%-]+|\[[\w:.]+\])(:\d*)?", re.ASCII)
"""`uri-host [":" port]` of RFC 9110, 7.2."""


class TrustedHosts:
    """Admits requests whose Host names one of `names`, with any port: others are DNS rebinding."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = frozenset(name.lower() for name in names)

    def admits(self, host: str | None) -> bool:
        parsed = _HOST.fullmatch(host or "")
        return parsed is not None and parsed[1].lower() in self._names
