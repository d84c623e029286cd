"""Conversations in the order of their activity, contacts in that of their creation; what each viewer has read."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

_INBOUND = "direction = 'INBOUND'"
_OF_CONVERSATION = (
    "messages.account_key = conversations.account_key AND messages.conversation_external_id = conversations.external_id"
)


def upgrade() -> None:
    _messages()
    _conversations()
    _contacts()
    _read_marks()


def _messages() -> None:
    for name in ("sent_by", "idempotency_key"):
        op.add_column("messages", sa.Column(name, TEXT, nullable=True))
    op.create_index(
        "messages_inbound",
        "messages",
        ["account_key", "conversation_external_id", "sorted_at", "external_id"],
        sqlite_where=sa.text(_INBOUND),
        postgresql_where=sa.text(_INBOUND),
    )


def _conversations() -> None:
    """A conversation without messages was begun at a time that nothing recorded."""
    op.add_column("conversations", sa.Column("last_activity_at", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("conversations", sa.Column("has_messages", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("conversations", sa.Column("inbound_sorted_at", sa.BigInteger(), nullable=True))
    op.add_column("conversations", sa.Column("inbound_external_id", TEXT, nullable=True))
    op.execute(
        "UPDATE conversations SET has_messages = TRUE, last_activity_at ="
        f" (SELECT max(sorted_at) FROM messages WHERE {_OF_CONVERSATION})"
        f" WHERE EXISTS (SELECT 1 FROM messages WHERE {_OF_CONVERSATION})"
    )
    op.execute(
        "UPDATE conversations SET inbound_sorted_at ="
        f" (SELECT max(sorted_at) FROM messages WHERE {_OF_CONVERSATION} AND {_INBOUND})"
    )
    op.execute(
        "UPDATE conversations SET inbound_external_id = (SELECT max(messages.external_id) FROM messages"
        f" WHERE {_OF_CONVERSATION} AND {_INBOUND} AND messages.sorted_at = conversations.inbound_sorted_at)"
    )
    for of, owner in (("", ()), ("user_", ("user_id",)), ("account_", ("account_key",))):
        columns = [*owner, "last_activity_at", "ordinal"]
        op.create_index(f"conversations_by_{of}activity", "conversations", columns)


def _contacts() -> None:
    """Nothing recorded when a contact was added: the list looks as it did, and later ones come before."""
    op.add_column("contacts", sa.Column("ordinal", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE contacts SET ordinal = numbered.place FROM"
        " (SELECT account_key, external_id, row_number() OVER"
        " (ORDER BY sort_last DESC, sort_first DESC, external_id DESC, account_key DESC) AS place FROM contacts)"
        " AS numbered"
        " WHERE contacts.account_key = numbered.account_key AND contacts.external_id = numbered.external_id"
    )
    for of, owner in (("", ()), ("user_", ("user_id",)), ("account_", ("account_key",))):
        op.create_index(f"contacts_by_{of}creation", "contacts", [*owner, "ordinal"])


def _read_marks() -> None:
    op.create_table(
        "read_marks",
        sa.Column("user_id", TEXT, nullable=False),
        sa.Column("account_key", TEXT, nullable=False),
        sa.Column("conversation_external_id", TEXT, nullable=False),
        sa.Column("sorted_at", sa.BigInteger(), nullable=False),
        sa.Column("external_id", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["account_key"], ["accounts.key"]),
        sa.PrimaryKeyConstraint("user_id", "account_key", "conversation_external_id"),
    )
