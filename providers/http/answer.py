"""What upstreams answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from providers.json_decoding import decode_json

LONGEST_WAIT = 86_400.0
"""What is asked for beyond a day is a day: nobody waits that long, and nobody should be told to wait for years."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an upstream answered, whatever its status. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON, decoded by `decode_json`; ValueError for anything else."""
        return decode_json(self.body)

    def retry_after(self, now: datetime) -> float | None:
        """In how many seconds to ask again, from seconds or a date (RFC 9110 10.2.3); None where it does not say."""
        text = self.headers.get("retry-after", "").strip()
        if text.isascii() and text.isdecimal():
            return min(float(text), LONGEST_WAIT)
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
        return min(max(0.0, seconds), LONGEST_WAIT)
