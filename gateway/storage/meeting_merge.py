"""Merging of a fetched meeting into the stored one. Pure functions."""

from dataclasses import fields, replace
from datetime import datetime, timedelta

from gateway.storage.meeting_row import StoredMeeting
from providers.domain.entities import Meeting, MeetingKind, Participant, ParticipantResponse

_FIELDS = [field.name for field in fields(Meeting) if field.name not in {"participants", "details_read_at"}]
_NO_CHANGE = {"synced_at", "detailed", "revision", "kind", "account_key", "is_private"}
"""Fields that may differ without a change at the provider; lists guess `kind`."""


def merged(known: StoredMeeting | None, seen: Meeting) -> StoredMeeting:
    """Return `known`, updated by `seen`.

    Attributes that are missing in `seen` stay as they were: providers return some of them only once. `is_private` stays
    true. So does `detailed`, until a list shows a change: the details are then likely to have changed, too. A start or
    duration that was superseded by a reschedule is ignored until the provider returns another one. Lists only guess the
    times of an instant meeting. A change of the times or of `cancelled` increments the revision.
    """
    if known is None:
        return StoredMeeting(replace(seen, details_read_at=_details_read_at(seen)))
    before = known.meeting
    is_old_start = _is_guessed(seen) or seen.start_time in known.superseded_starts
    is_old_duration = _is_guessed(seen) or _duration(seen) in known.superseded_durations
    start = before.start_time if is_old_start else seen.start_time
    duration = _duration(before) if is_old_duration else _duration(seen)
    missing = {name: getattr(before, name) for name in _FIELDS if getattr(seen, name) in (None, ())}
    after = replace(
        seen,
        **missing,
        start_time=start,
        end_time=start + duration,
        participants=_merged_participants(before.participants, seen.participants),
        cancelled=seen.cancelled or known.called_off,
        is_private=before.is_private or seen.is_private,
        details_read_at=_details_read_at(seen) or before.details_read_at,
    )
    return StoredMeeting(
        replace(
            after,
            revision=before.revision + _is_revised(before, after),
            detailed=seen.detailed or (before.detailed and not _is_changed(before, after)),
        ),
        known.superseded_starts if is_old_start else frozenset(),
        known.superseded_durations if is_old_duration else frozenset(),
        known.called_off,
    )


def superseded(known: StoredMeeting | None, new: Meeting, old: Meeting) -> StoredMeeting:
    """Return `known` after a mutation changed `old` to `new`: final, whatever the provider returns afterwards."""
    earlier = known or StoredMeeting(old)
    after = merged(StoredMeeting(earlier.meeting), new).meeting
    return StoredMeeting(
        after,
        (earlier.superseded_starts | {old.start_time}) - {after.start_time},
        (earlier.superseded_durations | {_duration(old)}) - {_duration(after)},
        after.cancelled,
    )


def is_same(one: Meeting, other: Meeting) -> bool:
    """Return whether the meetings differ only by when and how they were fetched."""
    return replace(read_like(one, other), detailed=other.detailed) == other


def is_unread(before: StoredMeeting, after: StoredMeeting) -> bool:
    """Return whether two states differ by nothing but the times of fetching."""
    return replace(before, meeting=read_like(before.meeting, after.meeting)) == after


def read_like(meeting: Meeting, other: Meeting) -> Meeting:
    """Return the meeting with the times at which `other` was fetched."""
    return replace(meeting, synced_at=other.synced_at, details_read_at=other.details_read_at)


def _details_read_at(seen: Meeting) -> datetime | None:
    """Return when the details were fetched. A plug-in may return a stored meeting, with its earlier details."""
    return seen.details_read_at or (seen.synced_at if seen.detailed else None)


def _is_changed(before: Meeting, after: Meeting) -> bool:
    """Return whether a known attribute has changed. One that was unknown before does not count."""
    pairs = ((getattr(before, name), getattr(after, name)) for name in _FIELDS if name not in _NO_CHANGE)
    return any(known not in (None, (), now) for known, now in pairs)


def _is_revised(before: Meeting, after: Meeting) -> bool:
    return (before.start_time, before.end_time, before.cancelled) != (after.start_time, after.end_time, after.cancelled)


def _is_guessed(seen: Meeting) -> bool:
    """Return whether the times may differ from those of the request that created the meeting."""
    return seen.kind is MeetingKind.INSTANT and not seen.detailed


def _merged_participants(before: tuple[Participant, ...], seen: tuple[Participant, ...]) -> tuple[Participant, ...]:
    """Return the participants of `seen` with their known attributes; if it has none, those of `before`."""
    known = {participant.email.casefold(): participant for participant in before}
    return tuple(_merged_participant(known.get(each.email.casefold()), each) for each in seen) or before


def _merged_participant(known: Participant | None, seen: Participant) -> Participant:
    if known is None:
        return seen
    return Participant(
        email=seen.email,
        first_name=seen.first_name or known.first_name,
        last_name=seen.last_name or known.last_name,
        user_id=seen.user_id or known.user_id,
        response=known.response if seen.response is ParticipantResponse.UNKNOWN else seen.response,
    )


def _duration(meeting: Meeting) -> timedelta:
    return meeting.end_time - meeting.start_time
