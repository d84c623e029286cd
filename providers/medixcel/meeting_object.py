"""What a service's own description of a meeting (`meeting_object`) may tell; each service writes it in its own way."""

from dataclasses import dataclass, field

from providers.api import DialIn, Participant, time_zone_names


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingObject:
    """What it lacks is None, empty or False."""

    uid: str | None = None
    title: str | None = None
    description: str | None = None
    time_zone: str | None = None
    room: str | None = None
    host_url: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    organizer_email: str | None = None
    calendar_url: str | None = None
    participants: tuple[Participant, ...] = ()
    dial_ins: tuple[DialIn, ...] = ()
    is_instant: bool = False
    is_cancelled: bool = False


def known_zone(name: str | None) -> str | None:
    """`name` where it is an IANA time zone."""
    return name if name in time_zone_names() else None
