"""What RingPlan sends, as the gateway's models; and what it is sent. Pure functions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from providers.api import (
    Account,
    Contact,
    Conversation,
    Media,
    Meeting,
    MeetingDraft,
    MeetingKind,
    MeetingService,
    Message,
    MessageDirection,
    MessageStatus,
    Participant,
    PhoneNumber,
    is_unambiguous,
    phone,
    time_zone_names,
)
from providers.ringplan import wire
from providers.ringplan.dial_in import dial_ins_from

REGION = "US"
HISTORY = "history"
SCHEDULED = "scheduled"

INSTANT_DURATION = timedelta(hours=1)
"""How long an instant meeting is taken to last: RingPlan keeps its start alone, as start and as end."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Through which account something was read, and when."""

    account: Account
    at: datetime


def number_from_wire(number: wire.Number, account: Account) -> PhoneNumber:
    return PhoneNumber(
        account_key=account.key,
        external_id=number.id,
        number=number.number,
        e164=_e164(number.number),
        owners=tuple(number.ownership or ()),
    )


def ten_digits(e164: str) -> str | None:
    """A number as RingPlan wants it; None for one outside the North American Numbering Plan."""
    return e164[2:] if e164.startswith("+1") and len(e164) == 12 else None


def contact_from_wire(contact: wire.Contact, reading: Reading) -> Contact:
    return Contact(
        account_key=reading.account.key,
        external_id=contact.id,
        number=contact.number,
        e164=_e164(contact.number),
        first_name=contact.first_name,
        last_name=contact.last_name,
        synced_at=reading.at,
    )


def conversation_from_wire(
    conversation: wire.Conversation, reading: Reading, *, contact_id: str | None = None, from_number: str = ""
) -> Conversation:
    """`contact_id` and `from_number` are what was asked for: they stand in for what the answer lacks."""
    nested = conversation.number.number if isinstance(conversation.number, wire.NestedNumber) else conversation.number
    return Conversation(
        account_key=reading.account.key,
        external_id=conversation.id,
        contact_external_id=conversation.contact_id or (conversation.contact and conversation.contact.id) or contact_id,
        from_number=conversation.from_number or nested or from_number,
        synced_at=reading.at,
    )


def message_from_wire(message: wire.Message, conversation: Conversation) -> Message:
    inbound = message.direction == "inbound"
    return Message(
        account_key=conversation.account_key,
        conversation_external_id=conversation.external_id,
        external_id=message.id,
        direction=MessageDirection.INBOUND if inbound else MessageDirection.OUTBOUND,
        status=MessageStatus.RECEIVED if inbound else _outbound_status(message),
        text=message.text or "",
        from_number=message.frm or "",
        to_number=message.to or "",
        created_at=message.created_at,
        media=_media(message),
    )


def meeting_from_wire(meeting: wire.Meeting, reading: Reading) -> Meeting:
    """A meeting as a list tells it, or as much of it as the answer to its creation tells."""
    event = meeting.event
    kind = _kind(event)
    return Meeting(
        scope=reading.account.key,
        account_key=reading.account.key,
        external_id=meeting.id,
        provider=reading.account.provider,
        user_id=reading.account.user_id,
        service=MeetingService.JITSI,
        kind=kind,
        start_time=event.date_start,
        end_time=event.date_start + INSTANT_DURATION if kind is MeetingKind.INSTANT else event.date_end,
        join_url=event.link_on_meet,
        synced_at=reading.at,
        uid=event.google_event_id or None,
        title=event.title_meet or None,
        description=event.description or None,
        time_zone=event.time_zone if event.time_zone in time_zone_names() else None,
        host_url=_host_url(meeting),
        room=event.meeting_id,
        is_private=_is_private(meeting),
        password=event.password,
        organizer_email=meeting.organizer_email or reading.account.external_id,
        participants=tuple(Participant(email=_email(attendee)) for attendee in event.attendees or ()),
        dial_ins=dial_ins_from(event.text_for_event, event.cal),
        icalendar=event.cal or None,
        detailed=False,
    )


def created_meeting_from_wire(
    meeting: wire.Meeting, reading: Reading, draft: MeetingDraft, kind: MeetingKind
) -> Meeting:
    """The meeting that came of `draft`, which knows what RingPlan leaves out: names, the password, the real times of
    an instant meeting."""
    created = meeting_from_wire(meeting, reading)
    start, end = created.start_time, created.end_time
    if kind is MeetingKind.INSTANT:
        start = draft.start_time.replace(microsecond=0)
        end = start + (draft.end_time - draft.start_time)
    return replace(
        created,
        kind=kind,
        start_time=start,
        end_time=end,
        title=created.title or draft.title,
        description=created.description or draft.description,
        time_zone=draft.time_zone,
        is_private=created.is_private or draft.password is not None,
        password=created.password or draft.password,
        participants=_named(created.participants, draft),
        detailed=True,
    )


def event_to_wire(draft: MeetingDraft, start: datetime, end: datetime) -> Mapping[str, object]:
    """What R13 and R17 have in common, with the naive local times of the zone that is sent along."""
    drafted = ZoneInfo(draft.time_zone)
    zone = draft.time_zone if is_unambiguous(start, drafted) and is_unambiguous(end, drafted) else "Etc/GMT+0"
    event = {
        "title_meet": draft.title,
        "summary": draft.title,
        "description": draft.description or "",
        "start_time": _local(start, zone),
        "end_time": _local(end, zone),
        "time_zone": zone,
    }
    return event if draft.password is None else {**event, "password": draft.password}


def instant_to_wire(moment: datetime) -> str:
    """Naive and in UTC, as R15 and R16 answer their times."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")


@lru_cache(maxsize=10_000)
def _e164(number: str) -> str | None:
    """Remembered, because contacts are read again and again and a number takes 45 microseconds."""
    return phone.e164(number, REGION)


def _outbound_status(message: wire.Message) -> MessageStatus:
    return MessageStatus.FAILED if message.success is False else MessageStatus.SENT


def _media(message: wire.Message) -> tuple[Media, ...]:
    if not message.files and not message.media_urls:
        return ()
    files = (Media(external_id=file.id, url=file.url, description=file.description) for file in message.files or ())
    return (*files, *(Media(url=url) for url in message.media_urls or ()))


def _kind(event: wire.Event) -> MeetingKind:
    """History lists scheduled meetings, too, once they are over: an instant one has no length."""
    instant = event.event_type == HISTORY and event.date_end <= event.date_start
    return MeetingKind.INSTANT if instant else MeetingKind.SCHEDULED


def _is_private(meeting: wire.Meeting) -> bool:
    event = meeting.event
    return bool(meeting.is_private or event.password or event.hash_pass or event.hash_password)


def _host_url(meeting: wire.Meeting) -> str | None:
    """The moderator's link. A public meeting's one token is a moderator's; a private one's may be a guest's."""
    event = meeting.event
    token = event.mod_token_for_meet or (None if _is_private(meeting) else event.token_for_meet)
    return token.link_on_meet_with_token if token else None


def _email(attendee: str | wire.Attendee) -> str:
    return attendee if isinstance(attendee, str) else attendee.email


def _named(participants: tuple[Participant, ...], draft: MeetingDraft) -> tuple[Participant, ...]:
    known = {participant.email.casefold(): participant for participant in draft.participants}
    named = tuple(known.get(participant.email.casefold(), participant) for participant in participants)
    return named or draft.participants


def _local(moment: datetime, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None).isoformat(timespec="microseconds")
