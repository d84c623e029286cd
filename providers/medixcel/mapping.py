"""Conversion of payloads to entities: pure functions."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from pydantic import JsonValue

from providers.api import Account, Meeting, MeetingDraft, MeetingKind, MeetingService, Participant
from providers.medixcel.google import object_from_event
from providers.medixcel.meeting_object import MeetingObject
from providers.medixcel.wire import ConnectionType, ListedMeeting, MeetingOutput
from providers.medixcel.zoom import object_from_zoom

CONNECTION_TYPES: Mapping[MeetingService, ConnectionType] = {
    MeetingService.ZOOM: ConnectionType.ZOOM,
    MeetingService.GOOGLE_MEET: ConnectionType.GOOGLE,
}
SERVICES: Mapping[ConnectionType, MeetingService] = {number: service for service, number in CONNECTION_TYPES.items()}

_READERS: Mapping[ConnectionType, Callable[[JsonValue], MeetingObject]] = {
    ConnectionType.ZOOM: object_from_zoom,
    ConnectionType.GOOGLE: object_from_event,
}


def scope_of(provider: str, user_id: str) -> str:
    """Return the scope of a user's meetings. It has no account, because M3 does not report the meeting's account."""
    return f"{provider}/{user_id}"


def meeting_from_list(listed: ListedMeeting, *, provider: str, now: datetime) -> Meeting:
    """Return a meeting of M3, which has no title, participants or account."""
    return Meeting(
        scope=scope_of(provider, listed.user_id),
        external_id=listed.meeting_id,
        provider=provider,
        user_id=listed.user_id,
        service=SERVICES[listed.connection_type],
        kind=_kind(listed.start_time, listed.added_on),
        start_time=listed.start_time,
        end_time=_end(listed.start_time, listed.duration),
        join_url=listed.url,
        created_at=listed.added_on,
        synced_at=now,
        detailed=False,
    )


def meeting_from_output(
    output: MeetingOutput, *, external_id: str, provider: str, user_id: str, now: datetime
) -> Meeting:
    """Return a meeting of M2, M5 or M7. They don't report the user, so the caller has to know it."""
    summary = output.summary
    service_object = _READERS[output.connection_type](output.meeting_object)
    return Meeting(
        scope=scope_of(provider, user_id),
        external_id=external_id,
        provider=provider,
        user_id=user_id,
        service=SERVICES[output.connection_type],
        kind=MeetingKind.INSTANT if service_object.is_instant else _kind(summary.start_time, summary.added_on),
        start_time=summary.start_time,
        end_time=_end(summary.start_time, summary.duration),
        join_url=summary.url,
        synced_at=now,
        cancelled=service_object.is_cancelled,
        uid=summary.uid or service_object.uid,
        title=summary.title or service_object.title,
        description=service_object.description,
        time_zone=service_object.time_zone,
        host_url=summary.host_url or service_object.host_url,
        room=service_object.room,
        password=service_object.password,
        organizer_email=service_object.organizer_email,
        participants=service_object.participants,
        dial_ins=service_object.dial_ins,
        calendar_url=service_object.calendar_url,
        created_at=summary.added_on,
    )


def created_meeting(
    output: MeetingOutput,
    external_id: str,
    account: Account,
    draft: MeetingDraft,
    kind: MeetingKind,
    *,
    provider: str,
    now: datetime,
) -> Meeting:
    """Return the meeting that came of `draft`, with the draft's fields that the upstream does not store."""
    current = meeting_from_output(output, external_id=external_id, provider=provider, user_id=account.user_id, now=now)
    return replace(
        current,
        account_key=account.key,
        kind=kind,
        title=current.title or draft.title,
        description=draft.description or current.description,
        time_zone=draft.time_zone,
        participants=merged_participants(draft.participants, current.participants),
    )


def with_known(current: Meeting, known: Meeting) -> Meeting:
    """Complete `current`, as just read, with what only the earlier state `known` has.

    That is the account, what the user wrote, and what never changes back: an instant meeting, a cancelled meeting.
    """
    return replace(
        current,
        account_key=known.account_key,
        kind=MeetingKind.INSTANT if MeetingKind.INSTANT in {current.kind, known.kind} else MeetingKind.SCHEDULED,
        cancelled=current.cancelled or known.cancelled,
        description=current.description or known.description,
        time_zone=known.time_zone or current.time_zone,
        participants=merged_participants(known.participants, current.participants),
    )


def merged_participants(known: tuple[Participant, ...], current: tuple[Participant, ...]) -> tuple[Participant, ...]:
    """Return `current` with the names and user ids of `known`. If `current` is empty, return `known`.

    An empty list means that the service does not report participants, not that there are none.
    """
    by_email = {participant.email.casefold(): participant for participant in known}
    return tuple(_merged(by_email.get(each.email.casefold()), each) for each in current) or known


def _merged(known: Participant | None, current: Participant) -> Participant:
    if known is None:
        return current
    if known.first_name or known.last_name:
        return replace(known, response=current.response)
    return replace(current, email=known.email, user_id=known.user_id)


def participant_fields(participant: Participant) -> dict[str, str]:
    """Format a participant for M2: an unknown user id is empty, an unknown name is omitted."""
    names = {"sFirstName": participant.first_name, "sLastName": participant.last_name}
    return {
        "iUserID": participant.user_id or "",
        "sEmail": participant.email,
        **{field: name for field, name in names.items() if name},
    }


def whole_minutes(start_time: datetime, end_time: datetime) -> int:
    """Return the minutes between two moments, rounded up."""
    return -((start_time - end_time) // timedelta(minutes=1))


def _kind(start_time: datetime, added_on: datetime | None) -> MeetingKind:
    # M2 without a `start_time` sets the start to the second in which the meeting is added.
    return MeetingKind.INSTANT if start_time == added_on else MeetingKind.SCHEDULED


def _end(start_time: datetime, duration: int) -> datetime:
    return start_time + timedelta(minutes=duration)
