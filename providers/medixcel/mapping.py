"""What the payloads mean: pure functions from wire to model."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from pydantic import JsonValue

from providers.api import Meeting, MeetingDraft, MeetingKind, MeetingService, Participant
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
    """Meetings are counted by the client's users: the upstream tells of no account."""
    return f"{provider}/{user_id}"


def meeting_from_list(listed: ListedMeeting, *, provider: str, now: datetime) -> Meeting:
    """All that M3 tells: no title, no participants, no account."""
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
    """All that M2, M5 and M7 tell. Whose meeting it is, they leave out."""
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


def with_drafted(told: Meeting, draft: MeetingDraft) -> Meeting:
    """`told` with what was asked for and has no field upstream."""
    return replace(
        told,
        title=told.title or draft.title,
        description=draft.description or told.description,
        time_zone=draft.time_zone,
        participants=merged_participants(draft.participants, told.participants),
    )


def with_known(told: Meeting, known: Meeting) -> Meeting:
    """`told` with what the upstream can't tell and `known`, the same meeting as it was, does.

    That is the account, what the user wrote or meant, and what nothing takes back: it started at once, it is cancelled.
    """
    return replace(
        told,
        account_key=known.account_key,
        kind=MeetingKind.INSTANT if MeetingKind.INSTANT in {told.kind, known.kind} else MeetingKind.SCHEDULED,
        cancelled=told.cancelled or known.cancelled,
        description=told.description or known.description,
        time_zone=known.time_zone or told.time_zone,
        participants=merged_participants(known.participants, told.participants),
    )


def merged_participants(known: tuple[Participant, ...], told: tuple[Participant, ...]) -> tuple[Participant, ...]:
    """Those of `told` with the names and user ids that `known` has of them; `known` where nobody is told of."""
    by_email = {participant.email.casefold(): participant for participant in known}
    return tuple(_merged(by_email.get(one.email.casefold()), one) for one in told) or known


def _merged(known: Participant | None, told: Participant) -> Participant:
    if known is None:
        return told
    if known.first_name or known.last_name:
        return replace(known, response=told.response)
    return replace(told, email=known.email, user_id=known.user_id)


def participant_fields(participant: Participant) -> dict[str, str]:
    """A participant as M2 takes one: an unknown user id is sent empty, an unknown name not at all."""
    names = {"sFirstName": participant.first_name, "sLastName": participant.last_name}
    return {
        "iUserID": participant.user_id or "",
        "sEmail": participant.email,
        **{field: name for field, name in names.items() if name},
    }


def whole_minutes(start_time: datetime, end_time: datetime) -> int:
    """A started minute counts."""
    return -((start_time - end_time) // timedelta(minutes=1))


def _kind(start_time: datetime, added_on: datetime | None) -> MeetingKind:
    """A meeting without a `start_time` starts in the second in which it is added."""
    return MeetingKind.INSTANT if start_time == added_on else MeetingKind.SCHEDULED


def _end(start_time: datetime, duration: int) -> datetime:
    return start_time + timedelta(minutes=duration)
