"""Conversion of meetings to rows and back. Secrets of the organiser are encrypted in one column."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

import orjson

from gateway.storage.cipher import Cipher
from gateway.storage.matching import folded
from gateway.storage.page_sql import Columns
from gateway.storage.prepared import Row
from gateway.storage.tables import meetings
from gateway.storage.values import from_microseconds, span_microseconds, to_microseconds
from providers.domain.entities import DialIn, Meeting, MeetingKind, MeetingService, Participant, ParticipantResponse

_SECRETS = ("host_url", "password", "icalendar")
_SERVICES = {each.value: each for each in MeetingService}
_KINDS = {each.value: each for each in MeetingKind}


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

    @property
    def stands(self) -> bool:
        """Whether it counts as cancelled as soon as its provider no longer lists it."""
        return not (self.meeting.cancelled or self.superseded_starts or self.superseded_durations)


@dataclass(frozen=True, slots=True)
class MeetingRows:
    columns: ClassVar[Columns] = (
        meetings.c.scope,
        meetings.c.external_id,
        meetings.c.provider,
        meetings.c.user_id,
        meetings.c.account_key,
        meetings.c.service,
        meetings.c.kind,
        meetings.c.start_time,
        meetings.c.duration,
        meetings.c.join_url,
        meetings.c.cancelled,
        meetings.c.revision,
        meetings.c.uid,
        meetings.c.title,
        meetings.c.description,
        meetings.c.time_zone,
        meetings.c.room,
        meetings.c.is_private,
        meetings.c.organizer_email,
        meetings.c.participants,
        meetings.c.dial_ins,
        meetings.c.calendar_url,
        meetings.c.created_at,
        meetings.c.detailed,
        meetings.c.details_read_at,
        meetings.c.synced_at,
        meetings.c.secret,
        meetings.c.superseded_starts,
        meetings.c.superseded_durations,
        meetings.c.called_off,
    )

    cipher: Cipher

    def row(self, stored: StoredMeeting, written_at: datetime, details_digest: str | None) -> dict[str, Any]:
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
            "details_digest": details_digest,
            "secret": self._sealed(meeting),
            "search": folded(meeting.title, meeting.description),
            "synced_at": to_microseconds(meeting.synced_at),
            "written_at": to_microseconds(written_at),
        }

    def stored(self, row: Row) -> StoredMeeting:
        superseded_starts, superseded_durations, called_off = row[27:30]
        return StoredMeeting(
            self.model(row),
            frozenset(map(from_microseconds, _counts(superseded_starts))),
            frozenset(timedelta(microseconds=count) for count in _counts(superseded_durations)),
            bool(called_off),
        )

    def model(self, row: Row) -> Meeting:
        (
            scope,
            external_id,
            provider,
            user_id,
            account_key,
            service,
            kind,
            start_time,
            duration,
            join_url,
            cancelled,
            revision,
            uid,
            title,
            description,
            time_zone,
            room,
            is_private,
            organizer_email,
            participants,
            dial_ins,
            calendar_url,
            created_at,
            detailed,
            details_read_at,
            synced_at,
            secret,
            *_,
        ) = row
        return Meeting(
            scope=scope,
            external_id=external_id,
            provider=provider,
            user_id=user_id,
            account_key=account_key,
            service=_SERVICES[service],
            kind=_KINDS[kind],
            start_time=from_microseconds(start_time),
            end_time=from_microseconds(start_time + duration),
            join_url=join_url,
            cancelled=bool(cancelled),
            revision=revision,
            uid=uid,
            title=title,
            description=description,
            time_zone=time_zone,
            room=room,
            is_private=bool(is_private),
            organizer_email=organizer_email,
            participants=() if participants is None else _participants(participants),
            dial_ins=() if dial_ins is None else tuple(DialIn(**item) for item in orjson.loads(dial_ins)),
            calendar_url=calendar_url,
            created_at=from_microseconds(created_at),
            detailed=bool(detailed),
            details_read_at=from_microseconds(details_read_at),
            synced_at=from_microseconds(synced_at),
            **self._opened(secret, scope, external_id),
        )

    def _sealed(self, meeting: Meeting) -> bytes | None:
        secrets = {name: getattr(meeting, name) for name in _SECRETS if getattr(meeting, name) is not None}
        if not secrets:
            return None
        return self.cipher.encrypt(orjson.dumps(secrets), "meetings", meeting.scope, meeting.external_id)

    def _opened(self, secret: bytes | None, scope: str, external_id: str) -> dict[str, str]:
        if secret is None:
            return {}
        secrets: dict[str, str] = orjson.loads(self.cipher.decrypt(secret, "meetings", scope, external_id))
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
