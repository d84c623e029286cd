"""Meetings as last fetched."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from gateway.storage import meeting_statement as statements
from gateway.storage.cipher import Cipher
from gateway.storage.database import Database, Transaction
from gateway.storage.entity_table import EntityTable
from gateway.storage.matching import holds
from gateway.storage.meeting_details import DetailsResponse, SeenDetails, UnchangedDetails
from gateway.storage.meeting_list import MeetingList, MeetingSpan
from gateway.storage.meeting_merge import is_same, is_unread, merged, superseded
from gateway.storage.meeting_row import MeetingRows, StoredMeeting
from gateway.storage.meeting_statement import END, KEY, ORDER, overlapping
from gateway.storage.page_sql import Parents
from gateway.storage.prepared import NEVER, Condition, all_of, among, json_text, rows_text
from gateway.storage.read_versions import invalidate_adopted, invalidate_meetings
from gateway.storage.rows import Change, Keyset, upsert
from gateway.storage.tables import meetings
from gateway.storage.values import cleaned, to_microseconds
from gateway.storage.visibility import Visibility
from providers.domain.criteria import MeetingCriteria, ObjectKey
from providers.domain.entities import Account, Meeting, MeetingStatus
from providers.domain.pages import Page, PageRequest, Position

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
        one = database.dialect.one_joined("meetings", statements.OF_GIVEN)
        self._digests = (
            f"SELECT given.key, meetings.details_digest FROM rows(:given) AS given {one}"
            " WHERE meetings.details_digest IS NOT NULL"
        )

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
        return (await self._merge(transaction, [cleaned(each) for each in seen], superseding)).changes

    async def put_details(self, transaction: Transaction, seen: Sequence[SeenDetails]) -> list[Change[Meeting]]:
        """Store meetings with their details as `put` does, and the digests of the responses that they are from.

        A digest is stored only if storing the same response again would change nothing.
        """
        if not seen:
            return []
        responses = {each.meeting.key: each.response for each in seen if each.response is not None}
        merge = await self._merge(transaction, [cleaned(each.meeting) for each in seen], responses=responses)
        return merge.changes

    async def details_digests(
        self, keys: Sequence[ObjectKey], transaction: Transaction | None = None
    ) -> dict[ObjectKey, str]:
        """Return the digests of the responses that the meetings' details are from, of those that have one."""
        if not keys:
            return {}
        database = self._table.database
        rows = await database.select(self._digests, {"given": json_text(keys)}, transaction)
        return {keys[place - database.dialect.first_place]: digest for place, digest in rows}

    async def date_details(self, transaction: Transaction, reads: Sequence[UnchangedDetails]) -> list[UnchangedDetails]:
        """Write the times of unchanged reads; return those whose meeting was written by something else meanwhile."""
        digests = await self.details_digests([each.key for each in reads], transaction)
        same = [_dated(each, self._now()) for each in reads if digests.get(each.key) == each.digest]
        if same:
            await transaction.change(statements.DATE_DETAILS, *same)
        return [each for each in reads if digests.get(each.key) != each.digest]

    async def put_lists(
        self, transaction: Transaction, lists: Sequence[MeetingList]
    ) -> tuple[list[Change[Meeting]], list[bool]]:
        """Store lists as `put` does; return what that returns, and of each list whether it is settled."""
        lists = [_cleaned(each) for each in lists]
        seen = [meeting for each in lists for meeting in (*each.meetings, *each.others)]
        merge = await self._merge(transaction, seen)
        counts = await self._standing(transaction, [each.span for each in lists])
        settled = [each.is_settled(merge.latest, count) for each, count in zip(lists, counts, strict=True)]
        return merge.changes, settled

    async def get_many(
        self, visibility: Visibility, keys: Sequence[ObjectKey], transaction: Transaction | None = None
    ) -> list[Meeting | None]:
        """Return entities in the order of the keys; None if unknown or not visible."""
        visible = all_of(visibility.check(meetings))
        found = await self._table.get_many(KEY, keys, *visible, transaction=transaction)
        return [found.get(key) for key in keys]

    async def page_positions(self, visibility: Visibility, keys: Sequence[ObjectKey]) -> list[Position | None]:
        """Return the positions in pages, in the order of the keys; None if unknown or not visible."""
        found = await self._table.positions(KEY, keys, *all_of(visibility.check(meetings)))
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

    async def absent(self, span: MeetingSpan, seen: Collection[str], seen_before: datetime) -> list[Meeting]:
        """Return stored meetings of a list, overlapping its span, whose external ids are not among `seen`.

        Without cancelled meetings, without those written since `seen_before`, and without those whose provider may
        still list them at the times before a reschedule.
        """
        listed = {"seen": rows_text((external_id,) for external_id in seen)}
        return await self._table.where(
            overlapping(to_microseconds(span.start), to_microseconds(span.end)),
            _is("provider", span.provider),
            *all_of(
                None if span.account_key is None else _is("account_key", span.account_key),
                None if span.user_id is None else _is("user_id", span.user_id),
            ),
            _STANDING,
            Condition("meetings.written_at < :seen_before", {"seen_before": to_microseconds(seen_before)}),
            Condition(statements.NOT_SUPERSEDED),
            Condition("meetings.external_id NOT IN (SELECT item(given, 0) FROM rows(:seen) AS given)", listed),
        )

    async def adopt(self, transaction: Transaction, account: Account) -> None:
        """Assign to an account its user's meetings of the same provider and service, if meetings belong to users."""
        if account.service is not None:
            owner = {"provider": account.provider, "user_id": account.user_id, "service": account.service.value}
            if await transaction.change(statements.ADOPT, {**owner, "account_key": account.key}):
                await invalidate_adopted(transaction, account)

    async def _merge(
        self,
        transaction: Transaction,
        seen: Sequence[Meeting],
        superseding: Meeting | None = None,
        responses: Mapping[ObjectKey, DetailsResponse] = MappingProxyType({}),
    ) -> "_Merge":
        known = await self._stored.get_many(KEY, [each.key for each in seen], transaction=transaction)
        newest = await self._newest_accounts(transaction, [meeting for meeting in seen if not meeting.account_key])
        latest = dict(known)
        for meeting in seen:
            key, stored = meeting.key, latest.get(meeting.key)
            after = merged(stored, meeting) if superseding is None else superseded(stored, meeting, superseding)
            latest[key] = replace(after, meeting=_with_account(after.meeting, newest))
        merge = _Merge(known, latest, responses)
        await self._write(transaction, merge)
        return merge

    async def _standing(self, transaction: Transaction, spans: Sequence[MeetingSpan]) -> list[int]:
        """Return how many meetings that stand start in each span."""
        counts = dict.fromkeys(range(len(spans)), 0)
        first = self._table.database.dialect.first_place
        for owner, statement in statements.STANDING.items():
            places = [place for place, span in enumerate(spans) if _owner(span)[0] == owner]
            if places:
                rows = rows_text(_bounds(spans[place]) for place in places)
                found = await self._table.database.select(statement, {"spans": rows}, transaction)
                counts.update({places[place - first]: count for place, count in found})
        return [*counts.values()]

    async def _newest_accounts(self, transaction: Transaction, seen: Sequence[Meeting]) -> dict[_AccountOf, str]:
        if not seen:
            return {}
        owners = {"owners": rows_text({_account_of(meeting) for meeting in seen})}
        found = await self._table.database.select(statements.NEWEST_ACCOUNTS, owners, transaction)
        return {(provider, user_id, service): key for provider, user_id, service, key in found}

    async def _write(self, transaction: Transaction, merge: "_Merge") -> None:
        """Replace rows that differ, and delete their digests and those of the lists that have them.

        If only the times of the fetch differ, write only those. A response with details leaves its digest.
        """
        now = self._now()
        written, digests = merge.written, merge.digests
        touched = [
            _touched(after.meeting, now, digests.get(key)) for key, after in merge.latest.items() if key not in written
        ]
        rows = [self._rows.row(after, now, digests.get(key)) for key, after in written.items()]
        await upsert(transaction, meetings, rows)
        states = [state.get(key) for key in written for state in (merge.known, merge.latest)]
        await invalidate_meetings(transaction, [each.meeting for each in states if each is not None])
        if touched:
            await transaction.change(statements.TOUCH, *touched)


@dataclass(frozen=True, slots=True)
class _Merge:
    """Meetings as they were stored, and as they are now."""

    known: Mapping[ObjectKey, StoredMeeting]
    latest: dict[ObjectKey, StoredMeeting]
    responses: Mapping[ObjectKey, DetailsResponse]

    @property
    def written(self) -> dict[ObjectKey, StoredMeeting]:
        """Those that differ by more than the times of the fetch."""
        return {
            key: after
            for key, after in self.latest.items()
            if key not in self.known or not is_unread(self.known[key], after)
        }

    @property
    def digests(self) -> dict[ObjectKey, str]:
        """The digests of the responses that would change nothing if they were stored again."""
        return {
            key: response.digest for key, response in self.responses.items() if response.is_settled(self.latest[key])
        }

    @property
    def changes(self) -> list[Change[Meeting]]:
        return [
            Change(after.meeting, is_new=before is None, before=before)
            for key, after in self.latest.items()
            if (before := self._before(key)) is None or not is_same(after.meeting, before)
        ]

    def _before(self, key: ObjectKey) -> Meeting | None:
        return self.known[key].meeting if key in self.known else None


def _cleaned(list_: MeetingList) -> MeetingList:
    return replace(
        list_, meetings=[cleaned(each) for each in list_.meetings], others=[cleaned(each) for each in list_.others]
    )


def _dated(read: UnchangedDetails, now: datetime) -> dict[str, Any]:
    scope, external_id = read.key
    at = to_microseconds(read.read_at)
    return {"scope": scope, "external_id": external_id, "at": at, "written_at": to_microseconds(now)}


def _touched(meeting: Meeting, now: datetime, details_digest: str | None) -> dict[str, Any]:
    return {
        "scope": meeting.scope,
        "external_id": meeting.external_id,
        "synced_at": to_microseconds(meeting.synced_at),
        "details_read_at": to_microseconds(meeting.details_read_at),
        "details_digest": details_digest,
        "written_at": to_microseconds(now),
    }


def _owner(span: MeetingSpan) -> tuple[str, str]:
    """Return the column and the value by which the meetings of a list are selected."""
    if span.account_key is not None:
        return "account_key", span.account_key
    return ("provider", span.provider) if span.user_id is None else ("user_id", span.user_id)


def _bounds(span: MeetingSpan) -> tuple[str, str, int, int]:
    return span.provider, _owner(span)[1], to_microseconds(span.start), to_microseconds(span.end)


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
