"""Conversion of rows to entities. A row of anything below an account has its account's `account_key`, too."""

import json
from datetime import UTC, datetime, timedelta

from providers.api import (
    Contact,
    Conversation,
    Media,
    Meeting,
    MeetingKind,
    MeetingService,
    Message,
    MessageDirection,
    MessageStatus,
    Participant,
    PhoneNumber,
)
from providers.api.mail import normalized
from providers.local.database import Row
from providers.local.jitsi import Jitsi, host_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    """Convert a moment to the file's format."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(count: int) -> datetime:
    return _EPOCH + count * _MICROSECOND


def participants_text(participants: tuple[Participant, ...]) -> str:
    """Encode the draft's participants for the file. Invitations are not answered here, so there is no response."""
    return json.dumps([[p.email, p.first_name, p.last_name, p.user_id] for p in participants])


def meeting_from_row(row: Row, jitsi: Jitsi, provider: str, now: datetime) -> Meeting:
    start, end, created = (moment(row[name]) for name in ("start_time", "end_time", "created_at"))
    user_id, room, encrypted = row["user_id"], row["room"], row["password"]
    password = None if encrypted is None or jitsi.passwords is None else jitsi.passwords.decrypt(encrypted)
    return Meeting(
        scope=row["account_key"],
        external_id=row["id"],
        provider=provider,
        user_id=user_id,
        service=MeetingService.JITSI,
        kind=MeetingKind(row["kind"]),
        start_time=start,
        end_time=end,
        join_url=jitsi.join_url(room, since=created, end=end),
        synced_at=now,
        account_key=row["account_key"],
        cancelled=bool(row["cancelled"]),
        uid=row["id"],
        title=row["title"],
        description=row["description"],
        time_zone=row["time_zone"],
        host_url=jitsi.host_url(room, since=created, end=end, host=host_of(user_id), password=password),
        room=room,
        is_private=encrypted is not None,
        password=password,
        organizer_email=normalized(user_id),
        participants=_participants(row["participants"]),
        icalendar=row["icalendar"],
        created_at=created,
    )


def _participants(text: str) -> tuple[Participant, ...]:
    return tuple(
        Participant(email=email, first_name=first, last_name=last, user_id=user_id)
        for email, first, last, user_id in json.loads(text)
    )


def number_from_row(row: Row) -> PhoneNumber:
    """Return the account's number. Its external id is the number itself."""
    number = row["number"]
    return PhoneNumber(account_key=row["account_key"], external_id=number, number=number, e164=number)


def contact_from_row(row: Row, now: datetime) -> Contact:
    return Contact(
        account_key=row["account_key"],
        external_id=row["id"],
        number=row["contact_number"],
        e164=row["e164"],
        synced_at=now,
        first_name=row["first_name"] or None,
        last_name=row["last_name"],
    )


def conversation_from_row(row: Row, now: datetime) -> Conversation:
    return Conversation(
        account_key=row["account_key"],
        external_id=row["id"],
        contact_external_id=row["contact_id"],
        from_number=row["number"],
        synced_at=now,
    )


def message_from_row(row: Row) -> Message:
    return Message(
        account_key=row["account_key"],
        conversation_external_id=row["conversation_id"],
        external_id=row["id"],
        direction=MessageDirection(row["direction"]),
        status=MessageStatus(row["status"]),
        text=row["text"],
        from_number=row["from_number"],
        to_number=row["to_number"],
        created_at=moment(row["created_at"]),
        media=tuple(Media(url=url) for url in json.loads(row["media_urls"])),
    )
