"""Return URLs: validation of the URL to which /connect redirects a browser at the end, and its parameters."""

from collections.abc import Mapping, Sequence
from unicodedata import normalize
from urllib.parse import unquote, unquote_plus, urlencode, urlsplit, urlunsplit

from providers.domain.text import can_identify

_MAX_DECODINGS = 4
"""Maximum number of percent-encodings of a path."""


def is_allowed(url: str, allowed: Sequence[str]) -> bool:
    """Whether `url` has the origin of one of the `allowed` ones, and its path or one below."""
    return any(_is_below(url, base) for base in allowed)


def with_parameters(url: str, parameters: Mapping[str, str]) -> str:
    """Return `url` with the parameters in its query, in place of those of the same names."""
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
    """Whether every proxy and server reads the same path, even one that decodes it again or folds its characters."""
    decoded = _decoded(path)
    if decoded is None:
        return False
    segments = {segment.partition(";")[0] for segment in decoded.split("/")}
    return (
        can_identify(decoded)
        and decoded.count(".") == path.count(".")
        and not segments & {".", ".."}
        and "//" not in decoded
        and "\\" not in decoded
    )


def _decoded(path: str) -> str | None:
    """Return `path` without any percent-encoding and in NFKC; None if it has too many encodings."""
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
