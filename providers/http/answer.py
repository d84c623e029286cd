"""Responses of upstreams."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import Any

from providers.domain.text import decode_json

MAX_RETRY_AFTER = 86_400.0
"""The longest Retry-After in seconds that is passed on: an upstream must not make callers wait for years."""

MAX_JSON_VALUES = 250_000
"""The most values in a JSON body. Each takes 60 bytes of memory or more, and as few as two bytes of the body."""

DIGEST_BYTES = 16


@dataclass(frozen=True, kw_only=True)  # without slots, for the cached properties
class Answer:
    """A response, whatever its status. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body's value, which is parsed once: callers share it and must not change it.

        Raise ValueError if the body isn't JSON, nests deeper than 1,024 levels or has too many values.
        """
        return self._value

    @property
    def is_json(self) -> bool:
        """Whether `json` returns a value."""
        try:
            self.json()
        except ValueError:
            return False
        return True

    @cached_property
    def digest(self) -> str:
        """A digest of the body: equal digests mean equal bytes."""
        return blake2b(self.body, digest_size=DIGEST_BYTES).hexdigest()

    @cached_property
    def has_too_many_values(self) -> bool:
        """Whether the body as JSON may have more than MAX_JSON_VALUES values, judged by its commas and brackets."""
        if len(self.body) <= MAX_JSON_VALUES:
            return False
        return sum(map(self.body.count, (b",", b"[", b"{"))) > MAX_JSON_VALUES

    @cached_property
    def _value(self) -> Any:
        if self.has_too_many_values:
            raise ValueError(f"there are more than {MAX_JSON_VALUES} values in the JSON")
        return decode_json(self.body)

    def date(self) -> datetime | None:
        """Return the Date header, which is the time by the upstream's clock (RFC 9110 6.6.1), or None."""
        return _http_date(self.headers.get("date", ""))

    def retry_after(self, now: datetime) -> float | None:
        """Return the Retry-After header in seconds, whether it is a number or a date (RFC 9110 10.2.3), or None."""
        text = self.headers.get("retry-after", "").strip()
        if text.isascii() and text.isdecimal():
            return min(float(text), MAX_RETRY_AFTER)
        moment = _http_date(text)
        return None if moment is None else min(max(0.0, (moment - now).total_seconds()), MAX_RETRY_AFTER)


@lru_cache(maxsize=256)  # many responses of one second carry the same date
def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC)
