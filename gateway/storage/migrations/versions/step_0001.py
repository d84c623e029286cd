"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    _accounts()
    _credentials()
    _meetings()
    _phone_numbers()
    _contacts()
    _conversations()
    _messages()
    _message_coverage()
    _read_log()
    _journal()
    _feed()
    _api_keys()
    _connect_tickets()


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("provider", TEXT, nullable=False),
        sa.Column("user_id", TEXT, nullable=False),
        sa.Column("external_id", TEXT, nullable=True),
        sa.Column("service", TEXT, nullable=True),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("connected_at", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("ordinal"),
    )
    op.create_index("accounts_by_external_id", "accounts", ["provider", "user_id", "external_id"], unique=True)
    op.create_index("accounts_by_user", "accounts", ["user_id", "ordinal"])


def _credentials() -> None:
    op.create_table(
        "credentials",
        sa.Column("account_key", TEXT, nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("spending_fingerprint", TEXT, nullable=True),
        sa.Column("spending_holder", TEXT, nullable=True),
        sa.Column("spending_lease_until", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_key"],
            ["accounts.key"],
        ),
        sa.PrimaryKeyConstraint("account_key"),
    )


def _meetings() -> None:
    op.create_table(
        "meetings",
        sa.Column("scope", TEXT, nullable=False),
        sa.Column("external_id", TEXT, nullable=False),
        sa.Column("provider", TEXT, nullable=False),
        sa.Column("user_id", TEXT, nullable=False),
        sa.Column("account_key", TEXT, nullable=True),
        sa.Column("service", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("start_time", sa.BigInteger(), nullable=False),
        sa.Column("duration", sa.BigInteger(), nullable=False),
        sa.Column("superseded_start", sa.BigInteger(), nullable=True),
        sa.Column("superseded_duration", sa.BigInteger(), nullable=True),
        sa.Column("join_url", TEXT, nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("uid", TEXT, nullable=True),
        sa.Column("title", TEXT, nullable=True),
        sa.Column("description", TEXT, nullable=True),
        sa.Column("time_zone", TEXT, nullable=True),
        sa.Column("room", TEXT, nullable=True),
        sa.Column("is_private", sa.Boolean(), nullable=False),
        sa.Column("organizer_email", TEXT, nullable=True),
        sa.Column("participants", TEXT, nullable=True),
        sa.Column("dial_ins", TEXT, nullable=True),
        sa.Column("calendar_url", TEXT, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=True),
        sa.Column("detailed", sa.Boolean(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("search", TEXT, nullable=False),
        sa.Column("synced_at", sa.BigInteger(), nullable=False),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_key"],
            ["accounts.key"],
        ),
        sa.PrimaryKeyConstraint("scope", "external_id"),
    )
    op.create_index("meetings_by_account", "meetings", ["account_key", "start_time", "scope", "external_id"])
    op.create_index("meetings_by_duration", "meetings", ["duration"])
    op.create_index("meetings_by_start", "meetings", ["start_time", "scope", "external_id"])
    op.create_index("meetings_by_user", "meetings", ["user_id", "start_time", "scope", "external_id"])


def _phone_numbers() -> None:
    op.create_table(
        "phone_numbers",
        sa.Column("account_key", TEXT, nullable=False),
        sa.Column("external_id", TEXT, nullable=False),
        sa.Column("number", TEXT, nullable=False),
        sa.Column("e164", TEXT, nullable=True),
        sa.Column("owners", TEXT, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_key"],
            ["accounts.key"],
        ),
        sa.PrimaryKeyConstraint("account_key", "external_id"),
    )


def _contacts() -> None:
    op.create_table(
        "contacts",
        sa.Column("account_key", TEXT, nullable=False),
        sa.Column("external_id", TEXT, nullable=False),
        sa.Column("number", TEXT, nullable=False),
        sa.Column("e164", TEXT, nullable=True),
        sa.Column("digits", TEXT, nullable=False),
        sa.Column("first_name", TEXT, nullable=True),
        sa.Column("last_name", TEXT, nullable=True),
        sa.Column("sort_last", TEXT, nullable=False),
        sa.Column("sort_first", TEXT, nullable=False),
        sa.Column("search", TEXT, nullable=False),
        sa.Column("synced_at", sa.BigInteger(), nullable=False),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_key"],
            ["accounts.key"],
        ),
        sa.PrimaryKeyConstraint("account_key", "external_id"),
    )
    op.create_index("contacts_by_account", "contacts", ["account_key", "sort_last", "sort_first", "external_id"])
    op.create_index("contacts_by_digits", "contacts", ["digits"])
    op.create_index("contacts_by_e164", "contacts", ["e164"])
    op.create_index("contacts_by_name", "contacts", ["sort_last", "sort_first", "external_id", "account_key"])


def _conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("account_key", TEXT, nullable=False),
        sa.Column("external_id", TEXT, nullable=False),
        sa.Column("contact_external_id", TEXT, nullable=True),
        sa.Column("from_number", TEXT, nullable=False),
        sa.Column("from_e164", TEXT, nullable=True),
        sa.Column("from_digits", TEXT, nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("synced_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_key"],
            ["accounts.key"],
        ),
        sa.PrimaryKeyConstraint("account_key", "external_id"),
        sa.UniqueConstraint("ordinal"),
    )
    op.create_index("conversations_by_account", "conversations", ["account_key", "ordinal"])
    op.create_index("conversations_by_contact", "conversations", ["account_key", "contact_external_id", "ordinal"])


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("account_key", TEXT, nullable=False),
        sa.Column("external_id", TEXT, nullable=False),
        sa.Column("conversation_external_id", TEXT, nullable=False),
        sa.Column("direction", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("search", TEXT, nullable=False),
        sa.Column("from_number", TEXT, nullable=False),
        sa.Column("to_number", TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("media", TEXT, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_key"],
            ["accounts.key"],
        ),
        sa.PrimaryKeyConstraint("account_key", "external_id"),
    )
    op.create_index("messages_by_account", "messages", ["account_key", "created_at", "external_id"])
    op.create_index(
        "messages_by_conversation", "messages", ["account_key", "conversation_external_id", "created_at", "external_id"]
    )
    op.create_index("messages_by_time", "messages", ["created_at", "external_id", "account_key"])


def _message_coverage() -> None:
    op.create_table(
        "message_coverage",
        sa.Column("account_key", TEXT, nullable=False),
        sa.Column("conversation_external_id", TEXT, nullable=False),
        sa.Column("head_created_at", sa.BigInteger(), nullable=True),
        sa.Column("head_external_id", TEXT, nullable=True),
        sa.Column("tail_created_at", sa.BigInteger(), nullable=True),
        sa.Column("tail_external_id", TEXT, nullable=True),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_key"],
            ["accounts.key"],
        ),
        sa.PrimaryKeyConstraint("account_key", "conversation_external_id"),
    )


def _read_log() -> None:
    op.create_table(
        "read_log",
        sa.Column("provider", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("start_time", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("end_time", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "kind", "source", "start_time", "end_time"),
    )
    op.create_index("read_log_by_age", "read_log", ["read_at"])


def _journal() -> None:
    op.create_table(
        "journal",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("user_id", TEXT, nullable=False),
        sa.Column("mutation", TEXT, nullable=False),
        sa.Column("idempotency_key", TEXT, nullable=True),
        sa.Column("input_hash", TEXT, nullable=False),
        sa.Column("provider", TEXT, nullable=True),
        sa.Column("account_key", TEXT, nullable=True),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("outcome", sa.LargeBinary(), nullable=True),
        sa.Column("holder", TEXT, nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("journal_by_age", "journal", ["updated_at"])
    op.create_index(
        "journal_by_idempotency_key",
        "journal",
        ["user_id", "mutation", "idempotency_key"],
        unique=True,
        sqlite_where=sa.text("state <> 'FAILED'"),
        postgresql_where=sa.text("state <> 'FAILED'"),
    )
    op.create_index("journal_by_lease", "journal", ["state", "lease_until"])


def _feed() -> None:
    op.create_table(
        "feed",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("user_id", TEXT, nullable=False),
        sa.Column("account_key", TEXT, nullable=True),
        sa.Column("scope", TEXT, nullable=False),
        sa.Column("external_id", TEXT, nullable=False),
        sa.Column("conversation", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("seq"),
        sqlite_autoincrement=True,
    )
    op.create_index("feed_by_age", "feed", ["at"])
    op.create_index("feed_by_user", "feed", ["user_id", "seq"])


def _api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("user_id", TEXT, nullable=False),
        sa.Column("scopes", TEXT, nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hash"),
    )


def _connect_tickets() -> None:
    op.create_table(
        "connect_tickets",
        sa.Column("ticket_hash", TEXT, nullable=False),
        sa.Column("account_key", TEXT, nullable=False),
        sa.Column("browser_nonce_hash", TEXT, nullable=True),
        sa.Column("return_url", TEXT, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_key"],
            ["accounts.key"],
        ),
        sa.PrimaryKeyConstraint("ticket_hash"),
    )
    op.create_index("connect_tickets_by_age", "connect_tickets", ["created_at"])
