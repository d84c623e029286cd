"""Every list has an index in its order, for each owner that it is read by; lists that are due are found by one, too."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

_OWNED = ("phone_numbers", "contacts", "conversations", "messages", "message_coverage")
_ACCOUNT_LISTS = ("phone_numbers", "contacts", "conversations")
_BUSY = ("accounts", "conversations", "message_coverage", "messages", "read_log")


def upgrade() -> None:
    _owners()
    _due_lists()
    for name, *columns in (
        ("phone_numbers_by_user", "account_key", "ordinal", "external_id"),
        ("contacts_by_user", "sort_last", "sort_first", "external_id", "account_key"),
        ("conversations_by_user", "ordinal"),
        ("messages_by_user", "sorted_at", "external_id", "account_key"),
    ):
        op.create_index(name, name.removesuffix("_by_user"), ["user_id", *columns])
    for suffix, owner in (("", ()), ("_by_user", ("user_id",)), ("_by_account", ("account_key",))):
        op.create_index(
            f"message_coverage_open{suffix}",
            "message_coverage",
            [*owner, "tail_sorted_at", "tail_external_id"],
            sqlite_where=sa.text("NOT complete"),
            postgresql_where=sa.text("NOT complete"),
        )
    if op.get_bind().dialect.name == "postgresql":
        _vacuum_often()


def _owners() -> None:
    for table in _OWNED:
        op.add_column(table, sa.Column("user_id", TEXT, nullable=False, server_default=""))
        op.execute(
            f"UPDATE {table} SET user_id = (SELECT user_id FROM accounts WHERE accounts.key = {table}.account_key)"
        )


def _due_lists() -> None:
    """All lists count as due at first: the read log has the times at which they were read."""
    for kind in _ACCOUNT_LISTS:
        name = f"{kind}_read_at"
        op.add_column("accounts", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
        op.create_index(f"accounts_by_{kind}_read", "accounts", ["provider", "status", name])
        op.create_index(f"accounts_by_user_{kind}_read", "accounts", ["user_id", "provider", "status", name])
    op.add_column("conversations", sa.Column("messages_read_at", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_index("conversations_by_read", "conversations", ["messages_read_at"])
    op.create_index("conversations_by_user_read", "conversations", ["user_id", "messages_read_at"])
    op.create_index("conversations_by_account_read", "conversations", ["account_key", "messages_read_at"])


def _vacuum_often() -> None:
    """By default a fifth of a table may be dead rows, which an index scan that seeks few rows has to pass over."""
    for table in _BUSY:
        op.execute(
            f"ALTER TABLE {table} SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05)"
        )
