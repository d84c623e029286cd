"""Meetings on Jitsi and their invitations."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from providers.api import (
    Account,
    Conflict,
    Core,
    Meeting,
    MeetingDraft,
    MeetingKind,
    MeetingQuery,
    MeetingSlice,
    NotSupported,
    ProviderError,
)
from providers.api.calendar import invitation, reply_address
from providers.local.accounts import Accounts, new_id
from providers.local.database import AMONG, Database, Row, Transaction, Value
from providers.local.errors import not_found
from providers.local.jitsi import Jitsi, new_room
from providers.local.mapping import meeting_from_row, microseconds, participants_text

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
_RESCHEDULE = """
    UPDATE meeting SET start_time = ?, end_time = ?, sequence = sequence + 1, changed_at = ? WHERE position = ?
"""
_CANCEL = "UPDATE meeting SET cancelled = 1, sequence = sequence + 1, changed_at = ? WHERE position = ?"
_INVITATION = "UPDATE meeting SET icalendar = ? WHERE position = ?"


class Meetings:
    """Read and write the meetings of connected accounts."""

    def __init__(self, database: Database, accounts: Accounts, jitsi: Jitsi, core: Core) -> None:
        self._database = database
        self._accounts = accounts
        self._jitsi = jitsi
        self._core = core

    def meeting_slices(self, query: MeetingQuery) -> list[MeetingSlice]:
        """Return one slice per account."""
        return query.slices_by_account()

    async def list_meetings(self, meeting_slice: MeetingSlice) -> list[Meeting]:
        """Return the meetings that overlap the slice, cancelled ones included."""
        window = (microseconds(meeting_slice.start), microseconds(meeting_slice.end))
        rows = [
            row
            for account in meeting_slice.accounts
            for row in await self._accounts.rows(account, _OVERLAPPING, window)
        ]
        return self.from_rows(rows)

    async def get_meetings(self, meetings: Sequence[Meeting]) -> list[Meeting | ProviderError | None]:
        ids = json.dumps([meeting.external_id for meeting in meetings])
        found = {meeting.key: meeting for meeting in self.from_rows(await self._database.rows(_BY_IDS, (ids,)))}
        return [found.get(meeting.key) for meeting in meetings]

    async def schedule_meeting(self, account: Account, draft: MeetingDraft) -> Meeting:
        return await self._create(account, draft, MeetingKind.SCHEDULED)

    async def start_meeting(self, account: Account, draft: MeetingDraft) -> Meeting:
        now = self._core.now()
        started = replace(draft, start_time=now, end_time=now + (draft.end_time - draft.start_time))
        return await self._create(account, started, MeetingKind.INSTANT)

    async def reschedule_meeting(self, meeting: Meeting, start_time: datetime, end_time: datetime) -> Meeting:
        """Raise Conflict if the meeting is cancelled."""
        times = (microseconds(start_time), microseconds(end_time))
        return await self._change(meeting, _RESCHEDULE, times)

    async def cancel_meeting(self, meeting: Meeting) -> Meeting:
        """Raise Conflict if the meeting is cancelled already."""
        return await self._change(meeting, _CANCEL)

    def from_rows(self, rows: Sequence[Row]) -> list[Meeting]:
        now = self._core.now()
        return [meeting_from_row(row, self._jitsi, self._core.name, now) for row in rows]

    async def _create(self, account: Account, draft: MeetingDraft, kind: MeetingKind) -> Meeting:
        password = self._encrypted(draft.password)
        meeting_id = new_id()
        async with self._database.writing() as transaction:
            owner = await self._accounts.row(transaction, account.key)
            values = self._values(meeting_id, owner["position"], draft, password, kind)
            await transaction.rows(_INSERT, values)
            return await self._with_invitation(transaction, account.key, meeting_id)

    async def _change(self, meeting: Meeting, statement: str, values: tuple[Value, ...] = ()) -> Meeting:
        """Run an update whose last two parameters are the time of the change and the meeting's position."""
        async with self._database.writing() as transaction:
            position = await self._changeable(transaction, meeting)
            await transaction.rows(statement, (*values, self._now(), position))
            return await self._with_invitation(transaction, meeting.account_key, meeting.external_id)

    async def _changeable(self, transaction: Transaction, meeting: Meeting) -> int:
        """Return the position of a meeting. Raise NotFound if it does not exist, Conflict if it is cancelled."""
        await self._accounts.row(transaction, meeting.account_key)
        row = await transaction.row(_BY_ID, (meeting.account_key, meeting.external_id))
        if row is None:
            raise not_found("meeting", self._core.name)
        if row["cancelled"]:
            raise Conflict("The meeting is cancelled.", provider=self._core.name)
        return int(row["position"])

    async def _with_invitation(self, transaction: Transaction, account_key: str | None, meeting_id: str) -> Meeting:
        """Return the meeting as it is now, and store the invitation to it.

        The text is stored and not built on each read, so that all readers get the same bytes, DTSTAMP included.
        """
        [row] = await transaction.rows(_BY_ID, (account_key, meeting_id))
        [meeting] = self.from_rows([row])
        text = invitation(
            meeting,
            organizer=reply_address(meeting),
            sequence=row["sequence"],
            stamp=self._core.now(),
        )
        await transaction.rows(_INVITATION, (text, row["position"]))
        return replace(meeting, icalendar=text)

    def _encrypted(self, password: str | None) -> str | None:
        if password is None:
            return None
        if self._jitsi.passwords is None:
            raise NotSupported(
                "Private meetings need a Jitsi Meet with an app secret: set jitsi_app_secret.",
                provider=self._core.name,
            )
        return self._jitsi.passwords.encrypt(password)

    def _values(
        self, meeting_id: str, account_position: int, draft: MeetingDraft, password: str | None, kind: MeetingKind
    ) -> tuple[Value, ...]:
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

    def _now(self) -> int:
        return microseconds(self._core.now())
