"""Conversion of RingPlan's payloads to entities and of drafts to payloads: pure functions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from providers.api import (
    Account,
    Contact,
    ContactDraft,
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
"""The assumed length of an instant meeting: RingPlan stores its start only, as start and end."""


@dataclass(frozen=True, slots=True)
class ReadContext:
    """The account through which something was read, and the time of the read."""

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
    """Return a number in RingPlan's format, or None if it is outside the North American Numbering Plan."""
    return e164[2:] if e164.startswith("+1") and len(e164) == 12 else None


def contact_from_wire(contact: wire.Contact, context: ReadContext) -> Contact:
    return Contact(
        account_key=context.account.key,
        external_id=contact.id,
        number=contact.number,
        e164=_e164(contact.number),
        first_name=contact.first_name or None,
        last_name=contact.last_name or None,
        synced_at=context.at,
    )


def contact_to_wire(draft: ContactDraft, number: str) -> Mapping[str, str]:
    return {"first_name": draft.first_name, "last_name": draft.last_name, "number": number}


def conversation_from_wire(
    conversation: wire.Conversation, context: ReadContext, *, contact_id: str | None = None, from_number: str = ""
) -> Conversation:
    """`contact_id` and `from_number` are those of the request: they complete what the response lacks."""
    nested = conversation.number.number if isinstance(conversation.number, wire.NestedNumber) else conversation.number
    return Conversation(
        account_key=context.account.key,
        external_id=conversation.id,
        contact_external_id=conversation.contact_id or (conversation.contact and conversation.contact.id) or contact_id,
        from_number=conversation.from_number or nested or from_number,
        synced_at=context.at,
    )


def message_from_wire(message: wire.Message, conversation: Conversation) -> Message:
    is_inbound = message.direction == "inbound"
    return Message(
        account_key=conversation.account_key,
        conversation_external_id=conversation.external_id,
        external_id=message.id,
        direction=MessageDirection.INBOUND if is_inbound else MessageDirection.OUTBOUND,
        status=MessageStatus.RECEIVED if is_inbound else _outbound_status(message),
        text=message.text or "",
        from_number=message.frm or "",
        to_number=message.to or "",
        created_at=message.created_at,
        media=_media(message),
    )


def meeting_from_wire(meeting: wire.Meeting, context: ReadContext) -> Meeting:
    """Return a meeting from a list or from the response to its creation, which has fewer fields."""
    event = meeting.event
    kind = _kind(event)
    return Meeting(
        scope=context.account.key,
        account_key=context.account.key,
        external_id=meeting.id,
        provider=context.account.provider,
        user_id=context.account.user_id,
        service=MeetingService.JITSI,
        kind=kind,
        start_time=event.date_start,
        end_time=event.date_start + INSTANT_DURATION if kind is MeetingKind.INSTANT else event.date_end,
        join_url=event.link_on_meet,
        synced_at=context.at,
        uid=event.google_event_id or None,
        title=event.title_meet or None,
        description=event.description or None,
        time_zone=event.time_zone if event.time_zone in time_zone_names() else None,
        host_url=_host_url(meeting),
        room=event.meeting_id,
        is_private=_is_private(meeting),
        password=event.password,
        organizer_email=meeting.organizer_email or context.account.external_id,
        participants=tuple(Participant(email=_email(attendee)) for attendee in event.attendees or ()),
        dial_ins=dial_ins_from(event.text_for_event, event.cal),
        icalendar=event.cal or None,
        detailed=False,
    )


def created_meeting_from_wire(
    meeting: wire.Meeting, context: ReadContext, draft: MeetingDraft, kind: MeetingKind
) -> Meeting:
    """Return the meeting that came of `draft`, completed with the draft's fields that RingPlan does not return.

    These are names, the password and the real times of an instant meeting.
    """
    created = meeting_from_wire(meeting, context)
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
    """Return the common fields of R13 and R17. Times are naive and local to the zone in `time_zone`."""
    drafted = ZoneInfo(draft.time_zone)
    # In the repeated hour of a clock change a naive local time has two meanings: send UTC then.
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
    """Format a moment as R15 and R16 return theirs: naive and in UTC."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")


# Cached: parsing takes 45 microseconds, and the same contacts are read again and again.
@lru_cache(maxsize=10_000)
def _e164(number: str) -> str | None:
    return phone.e164(number, REGION)


def _outbound_status(message: wire.Message) -> MessageStatus:
    return MessageStatus.FAILED if message.success is False else MessageStatus.SENT


def _media(message: wire.Message) -> tuple[Media, ...]:
    if not message.files and not message.media_urls:
        return ()
    files = (Media(external_id=file.id, url=file.url, description=file.description) for file in message.files or ())
    return (*files, *(Media(url=url) for url in message.media_urls or ()))


def _kind(event: wire.Event) -> MeetingKind:
    # History also lists scheduled meetings that are over. An instant one has no length.
    is_instant = event.event_type == HISTORY and event.date_end <= event.date_start
    return MeetingKind.INSTANT if is_instant else MeetingKind.SCHEDULED


def _is_private(meeting: wire.Meeting) -> bool:
    event = meeting.event
    return bool(meeting.is_private or event.password or event.hash_pass or event.hash_password)


def _host_url(meeting: wire.Meeting) -> str | None:
    """Return the moderator's link. A public meeting's only token is a moderator's; a private one's may be a guest's."""
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
