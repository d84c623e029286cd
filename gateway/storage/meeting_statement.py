"""Statements of every fetch of meetings."""

from gateway.storage.prepared import Condition
from gateway.storage.tables import meetings
from providers.domain.entities import AccountStatus

KEY = (meetings.c.scope, meetings.c.external_id)
ORDER = (meetings.c.start_time, *KEY)
END = "meetings.start_time + meetings.duration"


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


NEWEST_ACCOUNTS = f"""
    SELECT accounts.provider, accounts.user_id, accounts.service, accounts.key
    FROM rows(:owners) AS given CROSS JOIN accounts
    WHERE accounts.provider = item(given, 0) AND accounts.user_id = item(given, 1) AND accounts.service = item(given, 2)
    AND accounts.connected_at IS NOT NULL
    ORDER BY accounts.status <> '{AccountStatus.DISCONNECTED.value}', accounts.connected_at, accounts.ordinal
"""
"""Accounts of the `owners` (provider, user, service), disconnected ones first, the newest last."""

TOUCH = """
    UPDATE meetings SET synced_at = :synced_at, details_read_at = :details_read_at, written_at = :written_at,
        details_digest = coalesce(:details_digest, details_digest)
    WHERE scope = :scope AND external_id = :external_id
"""

DATE_DETAILS = """
    UPDATE meetings SET written_at = :written_at,
        synced_at = CASE WHEN synced_at < :at THEN :at ELSE synced_at END,
        details_read_at = CASE WHEN details_read_at < :at THEN :at ELSE details_read_at END
    WHERE scope = :scope AND external_id = :external_id
"""
"""Sets the times of reading, unless a later read has set them."""

OF_GIVEN = "meetings.scope = item(given, 0) AND meetings.external_id = item(given, 1)"
"""Which meeting has the key that is given."""

NOT_SUPERSEDED = "meetings.superseded_starts IS NULL AND meetings.superseded_durations IS NULL"
"""Whether the provider lists a meeting at no times from before a reschedule."""

STANDING = {
    owner: f"""
        SELECT given.key, count(*)
        FROM rows(:spans) AS given CROSS JOIN meetings
        WHERE meetings.provider = item(given, 0) AND meetings.{owner} = item(given, 1)
        AND meetings.start_time >= CAST(item(given, 2) AS bigint)
        AND meetings.start_time < CAST(item(given, 3) AS bigint)
        AND NOT meetings.cancelled AND {NOT_SUPERSEDED}
        GROUP BY given.key
    """
    for owner in ("account_key", "user_id", "provider")
}
"""Counts of the meetings that start in each of the `spans` (provider, owner, start, end), by the owner's column."""

ADOPT = """
    UPDATE meetings SET account_key = :account_key, details_digest = NULL
    WHERE provider = :provider AND user_id = :user_id AND service = :service
    AND (account_key IS NULL OR account_key <> scope)
"""
"""Assign meetings to an account if they belong to users: otherwise a meeting's scope is its account."""
