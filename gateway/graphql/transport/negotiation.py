"""Content negotiation: media types and content codings (RFC 9110 12.5, GraphQL over HTTP "Media Types")."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"
EVENT_STREAM = "text/event-stream"
PAGE = "text/html"

_QVALUE = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")
"""RFC 9110, 12.4.2."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """`json` is the media type for a single result, None if the client accepts neither of the two.

    Event streams and pages have to be accepted by name: a client that accepts `*/*` gets JSON.
    """

    json: str | None
    event_stream: bool
    page: bool


@lru_cache(maxsize=128)
def negotiate(accept: str | None) -> Accepted:
    """Read Accept; a client that sends none gets application/json."""
    if accept is None:
        return Accepted(json=JSON, event_stream=False, page=False)
    qualities = dict(_range(part) for part in accept.split(",") if part.strip())
    return Accepted(
        json=_best(qualities),
        event_stream=qualities.get(EVENT_STREAM, 0) > 0,
        page=qualities.get(PAGE, 0) > 0,
    )


@dataclass(frozen=True, slots=True)
class AcceptedCoding:
    """Whether gzip should be used, and whether a response without a content coding is acceptable at all."""

    gzip: bool
    identity: bool


@lru_cache(maxsize=128)
def negotiate_coding(accept_encoding: str | None) -> AcceptedCoding:
    """Read Accept-Encoding: gzip if it is listed with a weight, or `*` is, and identity isn't preferred by its own."""
    if accept_encoding is None:
        return AcceptedCoding(gzip=False, identity=True)
    qualities = dict(_range(part) for part in accept_encoding.split(",") if part.strip())
    others = qualities.get("*", 0.0)
    gzip = qualities.get("gzip", qualities.get("x-gzip", others))
    return AcceptedCoding(
        gzip=gzip > 0 and gzip >= qualities.get("identity", 0.0),
        identity=qualities.get("identity", qualities.get("*", 1.0)) > 0,
    )


def _range(part: str) -> tuple[str, float]:
    media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
    weights = [parameter[2:] for parameter in parameters if parameter.startswith("q=")]
    return media_type, _quality(weights[0]) if weights else 1.0


def _quality(text: str) -> float:
    return float(text) if _QVALUE.fullmatch(text) else 0.0


def _best(qualities: Mapping[str, float]) -> str | None:
    """Return the JSON media type with the higher quality; of two with the same quality the one that is named first."""
    named = [media_type for media_type in qualities if media_type in {JSON, GRAPHQL_RESPONSE}]
    offers = [*named, JSON, GRAPHQL_RESPONSE]  # max() returns the first of equals
    best = max(offers, key=lambda offer: _quality_of(offer, qualities))
    return best if _quality_of(best, qualities) > 0 else None


def _quality_of(media_type: str, qualities: Mapping[str, float]) -> float:
    for candidate in (media_type, "application/*", "*/*"):
        if candidate in qualities:
            return qualities[candidate]
    return 0.0
