"""Conversion of meetings to rows and back. Secrets of the organiser are encrypted in one column."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Row

from gateway.storage.cipher import Cipher
from gateway.storage.matching import folded
from gateway.storage.values import from_microseconds, span_microseconds, to_microseconds
from providers.domain.entities import DialIn, Meeting, MeetingKind, MeetingService, Participant, ParticipantResponse

_SECRETS = ("host_url", "password", "icalendar")


@dataclass(frozen=True, slots=True)
class StoredMeeting:
    """A meeting, and the outdated times that its provider may still return for it.

    These are the starts and the durations that it had before mutations moved it. A meeting that was `called_off` by a
    mutation is cancelled, whatever its provider returns.
    """

    meeting: Meeting
    superseded_starts: frozenset[datetime] = frozenset()
    superseded_durations: frozenset[timedelta] = frozenset()
    called_off: bool = False


@dataclass(frozen=True, slots=True)
class MeetingRows:
    cipher: Cipher

    def row(self, stored: StoredMeeting, written_at: datetime) -> dict[str, Any]:
        meeting = stored.meeting
        return {
            "scope": meeting.scope,
            "external_id": meeting.external_id,
            "provider": meeting.provider,
            "user_id": meeting.user_id,
            "account_key": meeting.account_key,
            "service": meeting.service.value,
            "kind": meeting.kind.value,
            "start_time": to_microseconds(meeting.start_time),
            "duration": span_microseconds(meeting.end_time - meeting.start_time),
            "superseded_starts": _json(sorted(map(to_microseconds, stored.superseded_starts))),
            "superseded_durations": _json(sorted(map(span_microseconds, stored.superseded_durations))),
            "join_url": meeting.join_url,
            "cancelled": meeting.cancelled,
            "called_off": stored.called_off,
            "revision": meeting.revision,
            "uid": meeting.uid,
            "title": meeting.title,
            "description": meeting.description,
            "time_zone": meeting.time_zone,
            "room": meeting.room,
            "is_private": meeting.is_private,
            "organizer_email": meeting.organizer_email,
            "participants": _json(meeting.participants),
            "dial_ins": _json(meeting.dial_ins),
            "calendar_url": meeting.calendar_url,
            "created_at": to_microseconds(meeting.created_at),
            "detailed": meeting.detailed,
            "details_read_at": to_microseconds(meeting.details_read_at),
            "secret": self._sealed(meeting),
            "search": folded(meeting.title, meeting.description),
            "synced_at": to_microseconds(meeting.synced_at),
            "written_at": to_microseconds(written_at),
        }

    def stored(self, row: Row[Any]) -> StoredMeeting:
        return StoredMeeting(
            self.model(row),
            frozenset(map(from_microseconds, _counts(row.superseded_starts))),
            frozenset(timedelta(microseconds=count) for count in _counts(row.superseded_durations)),
            row.called_off,
        )

    def model(self, row: Row[Any]) -> Meeting:
        return Meeting(
            scope=row.scope,
            external_id=row.external_id,
            provider=row.provider,
            user_id=row.user_id,
            account_key=row.account_key,
            service=MeetingService(row.service),
            kind=MeetingKind(row.kind),
            start_time=from_microseconds(row.start_time),
            end_time=from_microseconds(row.start_time + row.duration),
            join_url=row.join_url,
            cancelled=row.cancelled,
            revision=row.revision,
            uid=row.uid,
            title=row.title,
            description=row.description,
            time_zone=row.time_zone,
            room=row.room,
            is_private=row.is_private,
            organizer_email=row.organizer_email,
            participants=() if row.participants is None else _participants(row.participants),
            dial_ins=() if row.dial_ins is None else tuple(DialIn(**item) for item in orjson.loads(row.dial_ins)),
            calendar_url=row.calendar_url,
            created_at=from_microseconds(row.created_at),
            detailed=row.detailed,
            details_read_at=from_microseconds(row.details_read_at),
            synced_at=from_microseconds(row.synced_at),
            **self._opened(row),
        )

    def _sealed(self, meeting: Meeting) -> bytes | None:
        secrets = {name: getattr(meeting, name) for name in _SECRETS if getattr(meeting, name) is not None}
        if not secrets:
            return None
        return self.cipher.encrypt(orjson.dumps(secrets), "meetings", meeting.scope, meeting.external_id)

    def _opened(self, row: Row[Any]) -> dict[str, str]:
        if row.secret is None:
            return {}
        secrets: dict[str, str] = orjson.loads(self.cipher.decrypt(row.secret, "meetings", row.scope, row.external_id))
        return secrets


def _json(values: Sequence[Participant] | Sequence[DialIn] | Sequence[int]) -> str | None:
    return orjson.dumps(values).decode() if values else None


def _counts(text: str | None) -> list[int]:
    counts: list[int] = [] if text is None else orjson.loads(text)
    return counts


def _participants(text: str) -> tuple[Participant, ...]:
    return tuple(
        Participant(**{**item, "response": ParticipantResponse(item["response"])}) for item in orjson.loads(text)
    )
