"""Meetings on Jitsi, and the invitations to them."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from providers.api import (
    Account,
    Conflict,
    Meeting,
    MeetingDraft,
    MeetingKind,
    MeetingQuery,
    MeetingSlice,
    NotSupported,
    ProviderError,
)
from providers.api.calendar import invitation, reply_address
from providers.local.database import AMONG, Row, Transaction
from providers.local.jitsi import new_room
from providers.local.mapping import meeting_from_row, microseconds, participants_text
from providers.local.part import Part, new_id

MEETINGS = """
    SELECT meeting.*, account_key, user_id
    FROM account JOIN meeting ON account_position = account.position
"""
_OVERLAPPING = f"{MEETINGS} WHERE account_key = ? AND connected AND end_time > ? AND start_time < ? ORDER BY start_time"
_BY_IDS = f"{MEETINGS} WHERE meeting.id {AMONG}"
_BY_ID = f"{MEETINGS} WHERE account_key = ? AND meeting.id = ?"
_INSERT = """
    INSERT INTO meeting (id, account_position, kind, title, description, start_time, end_time, time_zone, password,
        participants, room, created_at, changed_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_MOVE = "UPDATE meeting SET start_time = ?, end_time = ?, sequence = sequence + 1, changed_at = ? WHERE position = ?"
_CANCEL = "UPDATE meeting SET cancelled = 1, sequence = sequence + 1, changed_at = ? WHERE position = ?"


class Meetings(Part):
    @property
    def private_meetings(self) -> bool:
        """Only a Jitsi Meet that asks for tokens keeps anybody out."""
        return self._jitsi.has_tokens

    def meeting_slices(self, query: MeetingQuery) -> list[MeetingSlice]:
        return [
            MeetingSlice(source=account.key, start=query.start, end=query.end, accounts=(account,))
            for account in query.accounts
        ]

    async def list_meetings(self, part: MeetingSlice) -> list[Meeting]:
        """All that overlap the slice, cancelled ones too."""
        window = (microseconds(part.start), microseconds(part.end))
        rows = [row for account in part.accounts for row in await self._account_rows(account, _OVERLAPPING, window)]
        return self._models(rows)

    async def get_meetings(self, meetings: Sequence[Meeting]) -> list[Meeting | ProviderError | None]:
        ids = json.dumps([meeting.external_id for meeting in meetings])
        found = {
            (meeting.scope, meeting.external_id): meeting
            for meeting in self._models(await self._database.rows(_BY_IDS, (ids,)))
        }
        return [found.get((meeting.scope, meeting.external_id)) for meeting in meetings]

    async def schedule_meeting(self, account: Account, draft: MeetingDraft, attempt: str) -> Meeting:
        return await self._create(account, draft, MeetingKind.SCHEDULED)

    async def start_meeting(self, account: Account, draft: MeetingDraft, attempt: str) -> Meeting:
        now = self._core.now()
        begun = replace(draft, start_time=now, end_time=now + (draft.end_time - draft.start_time))
        return await self._create(account, begun, MeetingKind.INSTANT)

    async def reschedule_meeting(
        self, meeting: Meeting, start_time: datetime, end_time: datetime, attempt: str
    ) -> Meeting:
        """Conflict where it is cancelled."""
        async with self._database.writing() as transaction:
            position = await self._standing(transaction, meeting)
            moved = (microseconds(start_time), microseconds(end_time), self._now(), position)
            await transaction.rows(_MOVE, moved)
            return await self._invited(transaction, meeting.account_key, meeting.external_id)

    async def cancel_meeting(self, meeting: Meeting, attempt: str) -> Meeting:
        async with self._database.writing() as transaction:
            position = await self._standing(transaction, meeting)
            await transaction.rows(_CANCEL, (self._now(), position))
            return await self._invited(transaction, meeting.account_key, meeting.external_id)

    async def _create(self, account: Account, draft: MeetingDraft, kind: MeetingKind) -> Meeting:
        password = self._sealed(draft.password)
        meeting_id = new_id()
        async with self._database.writing() as transaction:
            owner = await self._account_row(transaction, account.key)
            row = self._row_from_draft(meeting_id, owner["position"], draft, password, kind)
            await transaction.rows(_INSERT, row)
            return await self._invited(transaction, account.key, meeting_id)

    def _sealed(self, password: str | None) -> str | None:
        if password is None:
            return None
        if self._jitsi.passwords is None:
            raise NotSupported(
                "This Jitsi Meet can't close a meeting: it is used without an app secret.", provider=self._core.name
            )
        return self._jitsi.passwords.seal(password)

    def _row_from_draft(
        self, meeting_id: str, account_position: int, draft: MeetingDraft, password: str | None, kind: MeetingKind
    ) -> tuple[str | int | None, ...]:
        now = self._now()
        return (
            meeting_id,
            account_position,
            kind.value,
            draft.title,
            draft.description,
            microseconds(draft.start_time),
            microseconds(draft.end_time),
            draft.time_zone,
            password,
            participants_text(draft.participants),
            new_room(),
            now,
            now,
        )

    async def _standing(self, transaction: Transaction, meeting: Meeting) -> int:
        """The position of a meeting that is there and not cancelled."""
        await self._account_row(transaction, meeting.account_key)
        row = await transaction.row(_BY_ID, (meeting.account_key, meeting.external_id))
        if row is None:
            raise self._not_found("meeting")
        if row["cancelled"]:
            raise Conflict("The meeting is cancelled.", provider=self._core.name)
        return int(row["position"])

    async def _invited(self, transaction: Transaction, account_key: str | None, meeting_id: str) -> Meeting:
        """The meeting as it is now, with the invitation to that, which is kept as it goes out."""
        [row] = await transaction.rows(_BY_ID, (account_key, meeting_id))
        [meeting] = self._models([row])
        text = invitation(
            meeting,
            organizer=reply_address(meeting),
            sequence=row["sequence"],
            stamp=self._core.now(),
        )
        await transaction.rows("UPDATE meeting SET icalendar = ? WHERE position = ?", (text, row["position"]))
        return replace(meeting, icalendar=text)

    def _models(self, rows: Sequence[Row]) -> list[Meeting]:
        now = self._core.now()
        return [meeting_from_row(row, self._jitsi, self._core.name, now) for row in rows]

    def _now(self) -> int:
        return microseconds(self._core.now())
