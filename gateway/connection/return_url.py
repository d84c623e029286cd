"""Where a browser may be sent back to."""

from collections.abc import Sequence
from urllib.parse import unquote, urlsplit


def is_allowed(url: str, allowed: Sequence[str]) -> bool:
    """Whether `url` has the origin of one of the `allowed` ones, and its path or one below."""
    return any(_is_below(url, base) for base in allowed)


def _is_below(url: str, base: str) -> bool:
    if any(character <= " " or character == "\\" for character in url):
        return False
    try:
        given, root = urlsplit(url), urlsplit(base)
        same_origin = _origin(url) == _origin(base)
    except ValueError:
        return False
    steps = {step.partition(";")[0] for step in unquote(given.path).split("/")}
    if not same_origin or "@" in given.netloc or steps & {".", ".."}:
        return False
    path = root.path.rstrip("/")
    return given.path == path or given.path.startswith(path + "/") or (not path and not given.path)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    port = {"http": 80, "https": 443}.get(parts.scheme) if parts.port is None else parts.port
    return parts.scheme, parts.hostname, port
