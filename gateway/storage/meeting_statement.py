"""Statements of every fetch of meetings. They are built once: building them takes longer than running them."""

from functools import cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, bindparam, func, or_, select, tuple_, update

from gateway.storage.matching import json_item, named_rows
from gateway.storage.rows import narrowed
from gateway.storage.tables import accounts, meetings
from providers.domain.entities import AccountStatus

KEY = (meetings.c.scope, meetings.c.external_id)
ORDER = (meetings.c.start_time, *KEY)
END = meetings.c.start_time + meetings.c.duration

_DISCONNECTED = AccountStatus.DISCONNECTED.value
_OWNER = (accounts.c.provider, accounts.c.user_id, accounts.c.service)


def overlapping(first: ColumnElement[int], last: ColumnElement[int]) -> ColumnElement[bool]:
    """Return the predicate for meetings that overlap a span of time, in microseconds.

    A meeting without a duration overlaps the span that it starts in. The longest duration bounds the start from below,
    so that the database can use an index.
    """
    longest = select(func.coalesce(func.max(meetings.c.duration), 0)).scalar_subquery()
    return and_(
        meetings.c.start_time < last,
        meetings.c.start_time >= first - longest,
        or_(first < END, meetings.c.start_time >= first),
    )


@cache
def absent(*, of_account: bool, of_user: bool) -> Select[Any]:
    """Return the statement of `Meetings.absent`, whose arguments are its parameters."""
    seen = select(json_item(named_rows("seen"), 0))
    within = narrowed(
        overlapping(bindparam("first", type_=BigInteger), bindparam("last", type_=BigInteger)),
        meetings.c.provider == bindparam("provider"),
        meetings.c.account_key == bindparam("account_key") if of_account else None,
        meetings.c.user_id == bindparam("user_id") if of_user else None,
        ~meetings.c.cancelled,
        meetings.c.written_at < bindparam("seen_before"),
        meetings.c.superseded_starts.is_(None),
        meetings.c.superseded_durations.is_(None),
        meetings.c.external_id.not_in(seen),
    )
    return select(meetings).where(within).order_by(*ORDER)


def _known() -> Select[Any]:
    keys = named_rows("keys")
    return select(meetings).where(tuple_(*KEY).in_(select(json_item(keys, 0), json_item(keys, 1)))).order_by(*ORDER)


def _newest_accounts() -> Select[Any]:
    owners = named_rows("owners")
    return (
        select(*_OWNER, accounts.c.key)
        .where(tuple_(*_OWNER).in_(select(*(json_item(owners, index) for index in range(3)))))
        .where(accounts.c.connected_at.is_not(None))
        .order_by(accounts.c.status != _DISCONNECTED, accounts.c.connected_at, accounts.c.ordinal)
    )


KNOWN = _known()
"""Meetings with these `keys`, each a scope and an external id."""

NEWEST_ACCOUNTS = _newest_accounts()
"""Accounts of the `owners` (provider, user, service), disconnected ones first, the newest last."""

TOUCH = (
    update(meetings)
    .where(meetings.c.scope == bindparam("of_scope"), meetings.c.external_id == bindparam("of_external_id"))
    .values(
        synced_at=bindparam("read_at"),
        details_read_at=bindparam("details_at"),
        written_at=bindparam("touched_at"),
    )
)

ADOPT = (
    update(meetings)
    .where(
        meetings.c.provider == bindparam("of_provider"),
        meetings.c.user_id == bindparam("of_user"),
        meetings.c.service == bindparam("of_service"),
        or_(meetings.c.account_key.is_(None), meetings.c.account_key != meetings.c.scope),
    )
    .values(account_key=bindparam("adopting"))
)
"""Assign meetings to an account if they belong to users: otherwise a meeting's scope is its account."""
