"""Read marks: how far each viewer has read each conversation."""

from collections.abc import Sequence

from gateway.storage.database import Database, Transaction
from gateway.storage.message_position import MessagePosition
from gateway.storage.prepared import Condition, Values, json_text
from gateway.storage.tables import conversations, messages
from gateway.storage.values import from_microseconds, to_microseconds
from gateway.storage.visibility import Visibility
from providers.domain.criteria import ObjectKey
from providers.domain.results import ReadState

_BEFORE_ALL = -(2**63 - 1)

_ADVANCE = """
    INSERT INTO read_marks (user_id, account_key, conversation_external_id, sorted_at, external_id)
    VALUES (:reader, :account_key, :conversation, :sorted_at, :external_id)
    ON CONFLICT (user_id, account_key, conversation_external_id)
    DO UPDATE SET sorted_at = excluded.sorted_at, external_id = excluded.external_id
    WHERE (read_marks.sorted_at, read_marks.external_id) < (excluded.sorted_at, excluded.external_id)
"""
_MARK_OF_GIVEN = (
    "read_marks.user_id = :reader AND read_marks.account_key = item(given, 0)"
    " AND read_marks.conversation_external_id = item(given, 1)"
)
_UNREAD_OF_GIVEN = f"""
    messages.account_key = item(given, 0) AND messages.conversation_external_id = item(given, 1)
    AND messages.direction = 'INBOUND'
    AND (messages.sorted_at, messages.external_id)
        > (coalesce(read_marks.sorted_at, {_BEFORE_ALL}), coalesce(read_marks.external_id, ''))
"""
_IS_UNREAD = """
    conversations.inbound_sorted_at IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM read_marks
        WHERE read_marks.user_id = :reader AND read_marks.account_key = conversations.account_key
        AND read_marks.conversation_external_id = conversations.external_id
        AND (read_marks.sorted_at, read_marks.external_id)
            >= (conversations.inbound_sorted_at, conversations.inbound_external_id)
    )
"""


class ReadMarks:
    """The last message that a viewer has read, for each viewer and conversation: an administrator's are its own.

    Inbound messages after it are unread, and without a mark all that are stored.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def advance(
        self, transaction: Transaction, reader: str, conversation: ObjectKey, position: MessagePosition
    ) -> bool:
        """Mark the messages up to a position as read; return False if they were: a mark never goes back."""
        account_key, external_id = conversation
        mark = {
            "reader": reader,
            "account_key": account_key,
            "conversation": external_id,
            "sorted_at": to_microseconds(position.sorted_at),
            "external_id": position.external_id,
        }
        return await transaction.change(_ADVANCE, mark) == 1

    async def states(self, visibility: Visibility, reader: str, keys: Sequence[ObjectKey]) -> list[ReadState]:
        """Return what a viewer has read of each conversation, in the order of the keys, by one statement."""
        dialect = self._database.dialect
        visible, values = _within(visibility.check(messages), reader)
        mark = dialect.one_joined("read_marks", _MARK_OF_GIVEN, keep_given=True)
        text = (
            "SELECT given.key, read_marks.sorted_at,"
            f" (SELECT count(*) FROM messages WHERE {_UNREAD_OF_GIVEN}{visible})"
            f" FROM rows(:given) AS given {mark}"
        )
        rows = await self._database.select(text, {**values, "given": json_text(keys)})
        found = {
            keys[place - dialect.first_place]: ReadState(unread_count=count, read_until=from_microseconds(sorted_at))
            for place, sorted_at, count in rows
        }
        return [found[key] for key in keys]

    async def unread_conversations(self, visibility: Visibility, reader: str, account_keys: Sequence[str]) -> list[int]:
        """Return the number of unread conversations of each account, in the order of the keys, by one statement."""
        visible, values = _within(visibility.check(conversations), reader)
        text = (
            "SELECT given.key, (SELECT count(*) FROM conversations"
            f" WHERE conversations.account_key = item(given, 0) AND {_IS_UNREAD}{visible})"
            " FROM rows(:given) AS given"
        )
        rows = await self._database.select(text, {**values, "given": json_text([(key,) for key in account_keys])})
        counts = {place - self._database.dialect.first_place: count for place, count in rows}
        return [counts[place] for place in range(len(account_keys))]


def unread_by(reader: str, *, unread: bool) -> Condition:
    """Return the condition for conversations that have messages which a viewer has not read, or that have none."""
    return Condition(_IS_UNREAD if unread else f"NOT ({_IS_UNREAD})", {"reader": reader})


def _within(visible: Condition | None, reader: str) -> tuple[str, Values]:
    """Return the further condition for visible rows, and the values of all parameters that are not keys."""
    if visible is None:
        return "", {"reader": reader}
    return f" AND {visible.sql}", {**visible.values, "reader": reader}
