"""Return URLs: to which a browser may be sent back, and what it is sent back with."""

from collections.abc import Mapping, Sequence
from unicodedata import normalize
from urllib.parse import unquote, unquote_plus, urlencode, urlsplit, urlunsplit

from providers.domain.text import can_identify

_MAX_DECODINGS = 4
"""A path that is encoded more often than this is refused."""


def is_allowed(url: str, allowed: Sequence[str]) -> bool:
    """Whether `url` has the origin of one of the `allowed` ones, and its path or one below."""
    return any(_is_below(url, base) for base in allowed)


def with_parameters(url: str, parameters: Mapping[str, str]) -> str:
    """`url` with the parameters in its query, instead of those of the same names."""
    parts = urlsplit(url)
    others = [pair for pair in parts.query.split("&") if pair and _name(pair) not in parameters]
    return urlunsplit(parts._replace(query="&".join([*others, urlencode(parameters)])))


def _name(pair: str) -> str:
    return unquote_plus(pair.partition("=")[0])


def _is_below(url: str, base: str) -> bool:
    if not can_identify(url) or " " in url or "\\" in url:
        return False
    try:
        given, root = urlsplit(url), urlsplit(base)
        same_origin = _origin(url) == _origin(base)
    except ValueError:
        return False
    if not same_origin or "@" in given.netloc or not _is_plain(given.path):
        return False
    path = root.path.rstrip("/")
    return given.path == path or given.path.startswith(path + "/") or (not path and not given.path)


def _is_plain(path: str) -> bool:
    """Whether nothing on the way, which may decode the path and fold its characters, can read another one in it."""
    meant = _decoded(path)
    if meant is None:
        return False
    steps = {step.partition(";")[0] for step in meant.split("/")}
    return (
        can_identify(meant)
        and meant.count(".") == path.count(".")
        and not steps & {".", ".."}
        and "//" not in meant
        and "\\" not in meant
    )


def _decoded(path: str) -> str | None:
    """`path` decoded as often as it is encoded, with full-width characters as plain ones; None if that is too often."""
    for _ in range(_MAX_DECODINGS + 1):
        decoded = normalize("NFKC", unquote(path))
        if decoded == path:
            return path
        path = decoded
    return None


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    port = {"http": 80, "https": 443}.get(parts.scheme) if parts.port is None else parts.port
    return parts.scheme, parts.hostname, port
