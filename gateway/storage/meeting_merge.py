"""What is known of a meeting after it was seen once more. Pure functions."""

from dataclasses import fields, replace
from datetime import datetime, timedelta

from gateway.storage.meeting_row import StoredMeeting
from providers.domain.entities import Meeting, MeetingKind, Participant, ParticipantResponse

_FIELDS = [field.name for field in fields(Meeting) if field.name not in {"participants", "details_read_at"}]
_NO_CHANGE = {"synced_at", "detailed", "revision", "kind", "account_key", "is_private"}
"""Fields that say nothing of a change at the provider; lists guess `kind`."""


def merged(known: StoredMeeting | None, seen: Meeting) -> StoredMeeting:
    """`known`, brought up to date by `seen`.

    What `seen` doesn't tell stays as it was: some things are said only once. `is_private` only rises; `detailed` does
    until a list shows a change, for then the details are likely to have changed too. A start that was superseded by a
    reschedule, or a duration, is old news and stays unheard until another one is seen. When an instant meeting began,
    and how long it was meant to take, is only guessed by lists. A change of its times or of its standing is a new
    revision.
    """
    if known is None:
        return StoredMeeting(replace(seen, details_read_at=_details_read_at(seen)))
    before = known.meeting
    is_old_start = _is_guessed(seen) or seen.start_time in known.superseded_starts
    is_old_duration = _is_guessed(seen) or _duration(seen) in known.superseded_durations
    start = before.start_time if is_old_start else seen.start_time
    duration = _duration(before) if is_old_duration else _duration(seen)
    untold = {name: getattr(before, name) for name in _FIELDS if getattr(seen, name) in (None, ())}
    after = replace(
        seen,
        **untold,
        start_time=start,
        end_time=start + duration,
        participants=_known_as(before.participants, seen.participants),
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
    """`known` after `old` was made `new` from here: that is final, whatever the provider goes on to tell."""
    earlier = known or StoredMeeting(old)
    after = merged(StoredMeeting(earlier.meeting), new).meeting
    return StoredMeeting(
        after,
        (earlier.superseded_starts | {old.start_time}) - {after.start_time},
        (earlier.superseded_durations | {_duration(old)}) - {_duration(after)},
        after.cancelled,
    )


def is_same(one: Meeting, other: Meeting) -> bool:
    """Whether nothing but when and how they were read differs."""
    return replace(read_like(one, other), detailed=other.detailed) == other


def read_like(meeting: Meeting, other: Meeting) -> Meeting:
    """The meeting as if it had been read when `other` was."""
    return replace(meeting, synced_at=other.synced_at, details_read_at=other.details_read_at)


def _details_read_at(seen: Meeting) -> datetime | None:
    """A plug-in that passes on a stored meeting with its details has not read them again."""
    return seen.details_read_at or (seen.synced_at if seen.detailed else None)


def _is_changed(before: Meeting, after: Meeting) -> bool:
    """Whether something that was known is otherwise now. Something that only became known is no change."""
    pairs = ((getattr(before, name), getattr(after, name)) for name in _FIELDS if name not in _NO_CHANGE)
    return any(known not in (None, (), now) for known, now in pairs)


def _is_revised(before: Meeting, after: Meeting) -> bool:
    return (before.start_time, before.end_time, before.cancelled) != (after.start_time, after.end_time, after.cancelled)


def _is_guessed(seen: Meeting) -> bool:
    """Whether its times are not those that were asked for."""
    return seen.kind is MeetingKind.INSTANT and not seen.detailed


def _known_as(before: tuple[Participant, ...], seen: tuple[Participant, ...]) -> tuple[Participant, ...]:
    """Those that are seen, with what was known of them; those that were known where none are told."""
    known = {participant.email.casefold(): participant for participant in before}
    return tuple(_recognised(known.get(each.email.casefold()), each) for each in seen) or before


def _recognised(known: Participant | None, seen: Participant) -> Participant:
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
