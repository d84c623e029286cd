"""Meetings as last fetched."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, false, literal, or_

from gateway.storage import meeting_statement as statements
from gateway.storage.cipher import Cipher
from gateway.storage.database import Database, Transaction
from gateway.storage.matching import among, holds, rows_text
from gateway.storage.meeting_merge import is_same, merged, read_like, superseded
from gateway.storage.meeting_row import MeetingRows, StoredMeeting
from gateway.storage.meeting_statement import END, KEY, ORDER, overlapping
from gateway.storage.rows import Change, Keyset, Listing, narrowed, upsert
from gateway.storage.tables import meetings
from gateway.storage.values import cleaned, to_microseconds
from gateway.storage.visibility import Visibility
from providers.domain.criteria import MeetingCriteria, ObjectKey
from providers.domain.entities import Account, Meeting, MeetingStatus
from providers.domain.pages import Page, PageRequest

_AccountOf = tuple[str, str, str]
"""Provider, user and service, by which a meeting gets its account."""


class Meetings:
    """In the order of their start."""

    def __init__(self, database: Database, cipher: Cipher, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._rows = MeetingRows(cipher)
        self._list = Listing(database, Keyset(meetings, ORDER), self._rows.model)
        self._list_backwards = Listing(database, Keyset(meetings, ORDER, descending=True), self._rows.model)
        self._stored = Listing(database, Keyset(meetings, ORDER), self._rows.stored)

    async def put(
        self, transaction: Transaction, seen: Sequence[Meeting], superseding: Meeting | None = None
    ) -> list[Change[Meeting]]:
        """Store meetings; return those that are new or changed.

        Attributes that are missing now stay as they were (see `meeting_merge`). A meeting without an account gets its
        user's newest account at the same provider and service, a disconnected one only if there are no others.
        `superseding` is the meeting before a mutation moved or cancelled it: while the provider still returns that, it
        is ignored.
        """
        if not seen:
            return []
        known = await self._known(transaction, seen)
        newest = await self._newest_accounts(transaction, [meeting for meeting in seen if not meeting.account_key])
        latest = dict(known)
        for meeting in map(cleaned, seen):
            key, stored = meeting.key, latest.get(meeting.key)
            after = merged(stored, meeting) if superseding is None else superseded(stored, meeting, superseding)
            latest[key] = replace(after, meeting=_with_account(after.meeting, newest))
        await self._write(transaction, known, latest)
        return [
            Change(after.meeting, is_new=key not in known)
            for key, after in latest.items()
            if key not in known or not is_same(after.meeting, known[key].meeting)
        ]

    async def get_many(
        self, visibility: Visibility, keys: Sequence[ObjectKey], transaction: Transaction | None = None
    ) -> list[Meeting | None]:
        """Return entities in the order of the keys; None if unknown or not visible."""
        return await self._list.by_pair(KEY, keys, visibility.visible(meetings), transaction)

    async def page(
        self, visibility: Visibility, criteria: MeetingCriteria, request: PageRequest, now: datetime
    ) -> Page[Meeting]:
        """Return a page of meetings, whose status is that at `now`."""
        list_ = self._list_backwards if criteria.descending else self._list
        return await list_.page(and_(visibility.visible(meetings), _matching(criteria, now)), request)

    async def undetailed(
        self, visibility: Visibility, criteria: MeetingCriteria, now: datetime, read_since: datetime
    ) -> list[Meeting]:
        """Return meetings whose details were not fetched since `read_since`: the criteria's text may be in them."""
        within = _matching(replace(criteria, text=None), now)
        is_old = meetings.c.details_read_at < to_microseconds(read_since)
        return await self._list.where(and_(visibility.visible(meetings), within, or_(~meetings.c.detailed, is_old)))

    async def absent(
        self,
        *,
        provider: str,
        account_key: str | None,
        user_id: str | None,
        start: datetime,
        end: datetime,
        seen: Collection[str],
        seen_before: datetime,
    ) -> list[Meeting]:
        """Return stored meetings from `start` to `end` whose external ids are not among `seen`.

        With `account_key` and `user_id`, only of those. Without cancelled meetings, without those written since
        `seen_before`, and without those whose provider may still list them at the times before a reschedule.
        """
        parameters = {
            "provider": provider,
            "account_key": account_key,
            "user_id": user_id,
            "first": to_microseconds(start),
            "last": to_microseconds(end),
            "seen": rows_text((external_id,) for external_id in seen),
            "seen_before": to_microseconds(seen_before),
        }
        statement = statements.absent(of_account=account_key is not None, of_user=user_id is not None)
        return await self._list.sent(statement, parameters)

    async def adopt(self, transaction: Transaction, account: Account) -> None:
        """Assign to an account its user's meetings of the same provider and service, if meetings belong to users."""
        owner = {"of_provider": account.provider, "of_user": account.user_id}
        service = account.service and account.service.value
        await transaction.execute(statements.ADOPT, {**owner, "of_service": service, "adopting": account.key})

    async def _known(self, transaction: Transaction, seen: Sequence[Meeting]) -> dict[ObjectKey, StoredMeeting]:
        keys = {"keys": rows_text(each.key for each in seen)}
        return {each.meeting.key: each for each in await self._stored.sent(statements.KNOWN, keys, transaction)}

    async def _newest_accounts(self, transaction: Transaction, seen: Sequence[Meeting]) -> dict[_AccountOf, str]:
        if not seen:
            return {}
        owners = {"owners": rows_text({_account_of(meeting) for meeting in seen})}
        found = await transaction.execute(statements.NEWEST_ACCOUNTS, owners)
        return {(row.provider, row.user_id, row.service): row.key for row in found}

    async def _write(
        self,
        transaction: Transaction,
        known: dict[ObjectKey, StoredMeeting],
        latest: dict[ObjectKey, StoredMeeting],
    ) -> None:
        """Replace rows that differ. If only the times of the fetch differ, write only those."""
        now = self._now()
        changed, touched = [], []
        for key, after in latest.items():
            before = known.get(key)
            if before is None or _differs(before, after):
                changed.append(self._rows.row(after, now))
            else:
                touched.append(_touched(after.meeting, now))
        await upsert(transaction, meetings, changed)
        if touched:
            await transaction.execute(statements.TOUCH, touched)


def _touched(meeting: Meeting, now: datetime) -> dict[str, Any]:
    return {
        "of_scope": meeting.scope,
        "of_external_id": meeting.external_id,
        "read_at": to_microseconds(meeting.synced_at),
        "details_at": to_microseconds(meeting.details_read_at),
        "touched_at": to_microseconds(now),
    }


def _differs(before: StoredMeeting, after: StoredMeeting) -> bool:
    return replace(before, meeting=read_like(before.meeting, after.meeting)) != after


def _account_of(meeting: Meeting) -> _AccountOf:
    return meeting.provider, meeting.user_id, meeting.service.value


def _with_account(meeting: Meeting, newest: dict[_AccountOf, str]) -> Meeting:
    if meeting.account_key is not None or _account_of(meeting) not in newest:
        return meeting
    return replace(meeting, account_key=newest[_account_of(meeting)])


def _matching(criteria: MeetingCriteria, now: datetime) -> ColumnElement[bool]:
    keys, providers, users, kinds = criteria.account_keys, criteria.providers, criteria.user_ids, criteria.kinds
    return narrowed(
        overlapping(literal(to_microseconds(criteria.start)), literal(to_microseconds(criteria.end))),
        None if keys is None else among(meetings.c.account_key, keys),
        None if providers is None else among(meetings.c.provider, providers),
        None if users is None else among(meetings.c.user_id, users),
        None if kinds is None else among(meetings.c.kind, [kind.value for kind in kinds]),
        _standing(criteria.statuses, to_microseconds(now)),
        None if criteria.text is None else holds(meetings.c.search, criteria.text),
    )


def _standing(statuses: Sequence[MeetingStatus] | None, now: int) -> ColumnElement[bool]:
    """Return the predicate for statuses, by the same rule as `Meeting.status_at`."""
    if statuses is None:
        return ~meetings.c.cancelled
    meaning = {
        MeetingStatus.CANCELLED: meetings.c.cancelled,
        MeetingStatus.SCHEDULED: and_(~meetings.c.cancelled, meetings.c.start_time > now),
        MeetingStatus.IN_PROGRESS: and_(~meetings.c.cancelled, meetings.c.start_time <= now, now < END),
        MeetingStatus.ENDED: and_(~meetings.c.cancelled, meetings.c.start_time <= now, now >= END),
    }
    return or_(false(), *(meaning[status] for status in statuses))
