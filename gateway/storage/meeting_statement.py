"""Statements of every fetch of meetings. They are built once: building them takes longer than running them."""

from typing import Any

from sqlalchemy import Select, bindparam, or_, select, tuple_, update

from gateway.storage.matching import json_item, named_rows
from gateway.storage.prepared import Condition
from gateway.storage.tables import accounts, meetings
from providers.domain.entities import AccountStatus

KEY = (meetings.c.scope, meetings.c.external_id)
ORDER = (meetings.c.start_time, *KEY)
END = "meetings.start_time + meetings.duration"

_DISCONNECTED = AccountStatus.DISCONNECTED.value
_OWNER = (accounts.c.provider, accounts.c.user_id, accounts.c.service)


def overlapping(first: int, last: int) -> Condition:
    """Return the condition for meetings that overlap a span of time, in microseconds.

    A meeting without a duration overlaps the span that it starts in. The longest duration bounds the start from below,
    so that the database can use an index.
    """
    return Condition(_OVERLAPPING, {"first": first, "last": last})


_LONGEST = "(SELECT coalesce(max(longest.duration), 0) FROM meetings AS longest)"
_OVERLAPPING = (
    f"meetings.start_time < :last AND meetings.start_time >= :first - {_LONGEST}"
    f" AND ({END} > :first OR meetings.start_time >= :first)"
)


def _newest_accounts() -> Select[Any]:
    owners = named_rows("owners")
    return (
        select(*_OWNER, accounts.c.key)
        .where(tuple_(*_OWNER).in_(select(*(json_item(owners, index) for index in range(3)))))
        .where(accounts.c.connected_at.is_not(None))
        .order_by(accounts.c.status != _DISCONNECTED, accounts.c.connected_at, accounts.c.ordinal)
    )


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
