"""Content of an invitation as a calendar library parses it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """`start` and `end` are seconds since 1970, `attendees` pairs of an address and a name."""

    start: int
    end: int
    uid: str
    summary: str
    description: str
    attendees: tuple[tuple[str, str], ...]
