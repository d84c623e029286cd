"""The common parts of Google's and Zoom's descriptions of a meeting (`meeting_object`)."""

from dataclasses import dataclass, field

from providers.api import DialIn, Participant, time_zone_names


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingObject:
    """A meeting as its service describes it. A field that the service does not report is None, empty or False."""

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
    """Return `name` if it is an IANA time zone, else None."""
    return name if name in time_zone_names() else None
