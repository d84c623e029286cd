"""Messages have a place in their list that never changes, and accounts know since when they are connected."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    _accounts()
    op.add_column("conversations", sa.Column("has_history", sa.Boolean(), nullable=False, server_default=sa.true()))
    _messages()
    op.execute("ALTER TABLE message_coverage RENAME COLUMN tail_created_at TO tail_sorted_at")
    op.drop_column("message_coverage", "head_created_at")
    op.drop_column("message_coverage", "head_external_id")


def _accounts() -> None:
    op.add_column("accounts", sa.Column("first_connected_at", sa.BigInteger(), nullable=True))
    op.execute("UPDATE accounts SET first_connected_at = connected_at")


def _messages() -> None:
    """Mark the messages between the head and the tail of a conversation: they were read from the provider's list."""
    op.add_column("messages", sa.Column("sorted_at", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("messages", sa.Column("listed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE messages SET sorted_at = created_at")
    op.execute(
        """
        UPDATE messages SET listed = TRUE WHERE EXISTS (
            SELECT 1 FROM message_coverage AS coverage
            WHERE coverage.account_key = messages.account_key
            AND coverage.conversation_external_id = messages.conversation_external_id
            AND (messages.created_at, messages.external_id) >= (coverage.tail_created_at, coverage.tail_external_id)
            AND (messages.created_at, messages.external_id) <= (coverage.head_created_at, coverage.head_external_id)
        )
        """
    )
    for name in ("messages_by_account", "messages_by_conversation", "messages_by_time"):
        op.drop_index(name, "messages")
    op.create_index("messages_by_account", "messages", ["account_key", "sorted_at", "external_id"])
    op.create_index(
        "messages_by_conversation", "messages", ["account_key", "conversation_external_id", "sorted_at", "external_id"]
    )
    op.create_index("messages_by_time", "messages", ["sorted_at", "external_id", "account_key"])
