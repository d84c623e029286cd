"""Meetings as last fetched."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from gateway.storage import meeting_statement as statements
from gateway.storage.cipher import Cipher
from gateway.storage.database import Database, Transaction
from gateway.storage.entity_table import EntityTable
from gateway.storage.matching import holds
from gateway.storage.meeting_merge import is_same, merged, read_like, superseded
from gateway.storage.meeting_row import MeetingRows, StoredMeeting
from gateway.storage.meeting_statement import END, KEY, ORDER, overlapping
from gateway.storage.page_sql import Parents
from gateway.storage.prepared import NEVER, Condition, all_of, among, rows_text
from gateway.storage.rows import Change, Keyset, upsert
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
        self._now = now
        self._rows = MeetingRows(cipher)
        keyset, columns = Keyset(meetings, ORDER), self._rows.columns
        self._table = EntityTable(database, keyset, columns, self._rows.model)
        self._table_backwards = EntityTable(database, replace(keyset, descending=True), columns, self._rows.model)
        self._stored = EntityTable(database, keyset, columns, self._rows.stored)

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
        known = await self._stored.get_many(KEY, [each.key for each in seen], transaction=transaction)
        newest = await self._newest_accounts(transaction, [meeting for meeting in seen if not meeting.account_key])
        latest = dict(known)
        for meeting in map(cleaned, seen):
            key, stored = meeting.key, latest.get(meeting.key)
            after = merged(stored, meeting) if superseding is None else superseded(stored, meeting, superseding)
            latest[key] = replace(after, meeting=_with_account(after.meeting, newest))
        await self._write(transaction, known, latest)
        return [
            Change(after.meeting, is_new=before is None, before=before)
            for key, after in latest.items()
            if (before := known[key].meeting if key in known else None) is None or not is_same(after.meeting, before)
        ]

    async def get_many(
        self, visibility: Visibility, keys: Sequence[ObjectKey], transaction: Transaction | None = None
    ) -> list[Meeting | None]:
        """Return entities in the order of the keys; None if unknown or not visible."""
        visible = all_of(visibility.check(meetings))
        found = await self._table.get_many(KEY, keys, *visible, transaction=transaction)
        return [found.get(key) for key in keys]

    async def page(
        self, visibility: Visibility, criteria: MeetingCriteria, request: PageRequest, now: datetime
    ) -> Page[Meeting]:
        """Return a page of meetings, whose status is that at `now`."""
        table = self._table_backwards if criteria.descending else self._table
        parents = _parents(criteria)
        visible = visibility.condition(meetings) if parents is None else visibility.check(meetings)
        return await table.page(all_of(visible, *_matching(criteria, now)), request, parents)

    async def undetailed(
        self, visibility: Visibility, criteria: MeetingCriteria, now: datetime, read_since: datetime
    ) -> list[Meeting]:
        """Return meetings whose details were not fetched since `read_since`: the criteria's text may be in them."""
        within = replace(criteria, text=None)
        is_old = Condition(
            "NOT meetings.detailed OR meetings.details_read_at < :read_since",
            {"read_since": to_microseconds(read_since)},
        )
        parents = _parents(within)
        visible = visibility.condition(meetings) if parents is None else visibility.check(meetings)
        return await self._table.all(*all_of(visible, *_matching(within, now), is_old), parents=parents)

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
        listed = {"seen": rows_text((external_id,) for external_id in seen)}
        return await self._table.where(
            overlapping(to_microseconds(start), to_microseconds(end)),
            _is("provider", provider),
            *all_of(
                None if account_key is None else _is("account_key", account_key),
                None if user_id is None else _is("user_id", user_id),
            ),
            _STANDING,
            Condition("meetings.written_at < :seen_before", {"seen_before": to_microseconds(seen_before)}),
            Condition("meetings.superseded_starts IS NULL AND meetings.superseded_durations IS NULL"),
            Condition("meetings.external_id NOT IN (SELECT item(given, 0) FROM rows(:seen) AS given)", listed),
        )

    async def adopt(self, transaction: Transaction, account: Account) -> None:
        """Assign to an account its user's meetings of the same provider and service, if meetings belong to users."""
        if account.service is not None:
            owner = {"provider": account.provider, "user_id": account.user_id, "service": account.service.value}
            await transaction.change(statements.ADOPT, {**owner, "account_key": account.key})

    async def _newest_accounts(self, transaction: Transaction, seen: Sequence[Meeting]) -> dict[_AccountOf, str]:
        if not seen:
            return {}
        owners = {"owners": rows_text({_account_of(meeting) for meeting in seen})}
        found = await self._table.database.select(statements.NEWEST_ACCOUNTS, owners, transaction)
        return {(provider, user_id, service): key for provider, user_id, service, key in found}

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
            await transaction.change(statements.TOUCH, *touched)


def _touched(meeting: Meeting, now: datetime) -> dict[str, Any]:
    return {
        "scope": meeting.scope,
        "external_id": meeting.external_id,
        "synced_at": to_microseconds(meeting.synced_at),
        "details_read_at": to_microseconds(meeting.details_read_at),
        "written_at": to_microseconds(now),
    }


def _differs(before: StoredMeeting, after: StoredMeeting) -> bool:
    return replace(before, meeting=read_like(before.meeting, after.meeting)) != after


def _account_of(meeting: Meeting) -> _AccountOf:
    return meeting.provider, meeting.user_id, meeting.service.value


def _with_account(meeting: Meeting, newest: dict[_AccountOf, str]) -> Meeting:
    if meeting.account_key is not None or _account_of(meeting) not in newest:
        return meeting
    return replace(meeting, account_key=newest[_account_of(meeting)])


def _is(column: str, value: str) -> Condition:
    return Condition(f"meetings.{column} = :{column}", {column: value})


_STANDING = Condition("NOT meetings.cancelled")
_STATUS = {
    MeetingStatus.CANCELLED: "meetings.cancelled",
    MeetingStatus.SCHEDULED: "NOT meetings.cancelled AND meetings.start_time > :now",
    MeetingStatus.IN_PROGRESS: f"NOT meetings.cancelled AND meetings.start_time <= :now AND {END} > :now",
    MeetingStatus.ENDED: f"NOT meetings.cancelled AND meetings.start_time <= :now AND {END} <= :now",
}


def _matching(criteria: MeetingCriteria, now: datetime) -> tuple[Condition, ...]:
    """Return the conditions but for those that `_parents` states."""
    keys, providers, users, kinds = criteria.account_keys, criteria.providers, criteria.user_ids, criteria.kinds
    return all_of(
        overlapping(to_microseconds(criteria.start), to_microseconds(criteria.end)),
        None if providers is None else among("meetings.provider", "providers", providers),
        None if users is None or keys is None else among("meetings.user_id", "users", users),
        None if kinds is None else among("meetings.kind", "kinds", [kind.value for kind in kinds]),
        _standing(criteria.statuses, to_microseconds(now)),
        None if criteria.text is None else holds("meetings.search", criteria.text),
    )


def _parents(criteria: MeetingCriteria) -> Parents[Any] | None:
    """Return the accounts or the users that the meetings are of; None for all."""
    if criteria.account_keys is not None:
        return Parents((meetings.c.account_key,), [(key,) for key in criteria.account_keys])
    users = criteria.user_ids
    return None if users is None else Parents((meetings.c.user_id,), [(user,) for user in users])


def _standing(statuses: Sequence[MeetingStatus] | None, now: int) -> Condition:
    """Return the condition for statuses, by the same rule as `Meeting.status_at`."""
    if statuses is None:
        return _STANDING
    meaning = [f"({_STATUS[each]})" for each in MeetingStatus if each in statuses]
    return Condition(" OR ".join(meaning), {"now": now}) if meaning else NEVER
