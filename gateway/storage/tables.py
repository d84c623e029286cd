"""The tables. Times are microseconds since the epoch, JSON is text, and columns that are sorted by compare by bytes."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    text,
)

from gateway.storage.values import PlainText

metadata = MetaData()

NEVER_DUE = 2**63 - 1
"""The time of reading of a list that isn't read, because the provider can't be called."""

_ROW_NUMBER = BigInteger().with_variant(Integer, "sqlite")


def _text(name: str, *, key: bool = False, null: bool = False) -> Column[Any]:
    return Column(name, PlainText, primary_key=key, nullable=null)


def _instant(name: str, *, null: bool = False) -> Column[Any]:
    return Column(name, BigInteger, nullable=null)


def _account_key(*, key: bool = False, null: bool = False) -> Column[Any]:
    return Column("account_key", PlainText, ForeignKey("accounts.key"), primary_key=key, nullable=null)


def _due(*names: str) -> list[Column[Any]]:
    """Columns with times until which lists are known to be read: 0 before the first one.

    A list that is due is found by an index over them. The read log has the times themselves, which may be later.
    """
    return [Column(name, BigInteger, nullable=False, server_default="0") for name in names]


def _owner() -> Column[Any]:
    """The account's user, who never changes: so a user's rows have an order of their own, over all accounts."""
    return _text("user_id")


accounts = Table(
    "accounts",
    metadata,
    _text("key", key=True),
    _text("provider"),
    _text("user_id"),
    _text("external_id", null=True),
    _text("service", null=True),
    _text("status"),
    _instant("connected_at", null=True),
    _instant("first_connected_at", null=True),
    _instant("expires_at", null=True),
    *_due("phone_numbers_read_at", "contacts_read_at", "conversations_read_at", "meetings_read_at"),
    # The span of time that was read at `meetings_read_at`: the last one.
    *_due("meetings_read_from", "meetings_read_to"),
    Column("ordinal", BigInteger, nullable=False, unique=True),
    Index("accounts_by_external_id", "provider", "user_id", "external_id", unique=True),
    Index("accounts_by_user", "user_id", "ordinal"),
    *(
        Index(f"accounts_by_{of}{name.removesuffix('_at')}", *owner, "provider", "status", name)
        for name in (
            "phone_numbers_read_at",
            "contacts_read_at",
            "conversations_read_at",
            "meetings_read_at",
            "meetings_read_from",
            "meetings_read_to",
        )
        for of, owner in (("", ()), ("user_", ("user_id",)))
    ),
)

credentials = Table(
    "credentials",
    metadata,
    _account_key(key=True),
    Column("secret", LargeBinary, nullable=False),
    _text("spending_fingerprint", null=True),
    _text("spending_holder", null=True),
    _instant("spending_lease_until", null=True),
)

meetings = Table(
    "meetings",
    metadata,
    _text("scope", key=True),
    _text("external_id", key=True),
    _text("provider"),
    _text("user_id"),
    _account_key(null=True),
    _text("service"),
    _text("kind"),
    _instant("start_time"),
    Column("duration", BigInteger, nullable=False),
    _text("superseded_starts", null=True),
    _text("superseded_durations", null=True),
    _text("join_url"),
    Column("cancelled", Boolean, nullable=False),
    Column("called_off", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),
    _text("uid", null=True),
    _text("title", null=True),
    _text("description", null=True),
    _text("time_zone", null=True),
    _text("room", null=True),
    Column("is_private", Boolean, nullable=False),
    _text("organizer_email", null=True),
    _text("participants", null=True),
    _text("dial_ins", null=True),
    _text("calendar_url", null=True),
    _instant("created_at", null=True),
    Column("detailed", Boolean, nullable=False),
    _instant("details_read_at", null=True),
    Column("secret", LargeBinary, nullable=True),
    _text("search"),
    _instant("synced_at"),
    _instant("written_at"),
    Index("meetings_by_start", "start_time", "scope", "external_id"),
    Index("meetings_by_user", "user_id", "start_time", "scope", "external_id"),
    Index("meetings_by_account", "account_key", "start_time", "scope", "external_id"),
    Index("meetings_by_duration", "duration"),
)

phone_numbers = Table(
    "phone_numbers",
    metadata,
    _account_key(key=True),
    _owner(),
    _text("external_id", key=True),
    _text("number"),
    _text("e164", null=True),
    _text("owners"),
    Column("ordinal", Integer, nullable=False),
    Index("phone_numbers_by_user", "user_id", "account_key", "ordinal", "external_id"),
)

contacts = Table(
    "contacts",
    metadata,
    _account_key(key=True),
    _owner(),
    _text("external_id", key=True),
    _text("number"),
    _text("e164", null=True),
    _text("digits"),
    _text("first_name", null=True),
    _text("last_name", null=True),
    _text("sort_last"),
    _text("sort_first"),
    _text("search"),
    _instant("synced_at"),
    _instant("written_at"),
    Index("contacts_by_name", "sort_last", "sort_first", "external_id", "account_key"),
    Index("contacts_by_user", "user_id", "sort_last", "sort_first", "external_id", "account_key"),
    Index("contacts_by_account", "account_key", "sort_last", "sort_first", "external_id"),
    Index("contacts_by_e164", "e164"),
    Index("contacts_by_digits", "digits"),
)

conversations = Table(
    "conversations",
    metadata,
    _account_key(key=True),
    _owner(),
    _text("external_id", key=True),
    _text("contact_external_id", null=True),
    _text("from_number"),
    _text("from_e164", null=True),
    _text("from_digits"),
    Column("has_history", Boolean, nullable=False),
    Column("ordinal", BigInteger, nullable=False, unique=True),
    _instant("synced_at"),
    *_due("messages_read_at"),
    Index("conversations_by_user", "user_id", "ordinal"),
    Index("conversations_by_account", "account_key", "ordinal"),
    Index("conversations_by_contact", "account_key", "contact_external_id", "ordinal"),
    Index("conversations_by_read", "messages_read_at"),
    Index("conversations_by_user_read", "user_id", "messages_read_at"),
    Index("conversations_by_account_read", "account_key", "messages_read_at"),
)

messages = Table(
    "messages",
    metadata,
    _account_key(key=True),
    _owner(),
    _text("external_id", key=True),
    _text("conversation_external_id"),
    _text("direction"),
    _text("status"),
    _text("text"),
    _text("search"),
    _text("from_number"),
    _text("to_number"),
    _instant("created_at"),
    _instant("sorted_at"),
    Column("listed", Boolean, nullable=False),
    _text("media", null=True),
    Index("messages_by_time", "sorted_at", "external_id", "account_key"),
    Index("messages_by_user", "user_id", "sorted_at", "external_id", "account_key"),
    Index("messages_by_account", "account_key", "sorted_at", "external_id"),
    Index("messages_by_conversation", "account_key", "conversation_external_id", "sorted_at", "external_id"),
)

message_coverage = Table(
    "message_coverage",
    metadata,
    _account_key(key=True),
    _owner(),
    _text("conversation_external_id", key=True),
    _instant("tail_sorted_at", null=True),
    _text("tail_external_id", null=True),
    Column("complete", Boolean, nullable=False),
)

for _name, _owner_of in (("", ()), ("_by_user", ("user_id",)), ("_by_account", ("account_key",))):
    Index(
        f"message_coverage_open{_name}",
        *(message_coverage.c[column] for column in (*_owner_of, "tail_sorted_at", "tail_external_id")),
        sqlite_where=text("NOT complete"),
        postgresql_where=text("NOT complete"),
    )

read_log = Table(
    "read_log",
    metadata,
    _text("provider", key=True),
    _text("kind", key=True),
    _text("source", key=True),
    Column("start_time", BigInteger, primary_key=True, autoincrement=False),
    Column("end_time", BigInteger, primary_key=True, autoincrement=False),
    _instant("read_at"),
    _text("digest", null=True),
    _text("revision", null=True),
    Index("read_log_by_age", "read_at"),
)

journal = Table(
    "journal",
    metadata,
    _text("id", key=True),
    _text("user_id"),
    _text("mutation"),
    _text("idempotency_key", null=True),
    _text("attempt"),
    _text("provider", null=True),
    _text("account_key", null=True),
    Column("request", LargeBinary, nullable=False),
    _text("state"),
    Column("outcome", LargeBinary, nullable=True),
    _text("holder"),
    _instant("lease_until"),
    _instant("provable_at", null=True),
    _instant("started_at"),
    _instant("updated_at"),
    Index("journal_by_age", "updated_at"),
    Index("journal_by_lease", "state", "lease_until"),
)

Index(
    "journal_by_idempotency_key",
    journal.c.user_id,
    journal.c.mutation,
    journal.c.idempotency_key,
    unique=True,
    sqlite_where=text("state <> 'FAILED'"),
    postgresql_where=text("state <> 'FAILED'"),
)

feed = Table(
    "feed",
    metadata,
    Column("seq", _ROW_NUMBER, primary_key=True, autoincrement=True),
    _instant("at"),
    _text("kind"),
    _text("user_id"),
    _text("account_key", null=True),
    _text("scope"),
    _text("external_id"),
    _text("conversation", null=True),
    Index("feed_by_user", "user_id", "seq"),
    Index("feed_by_age", "at"),
    sqlite_autoincrement=True,
)

api_keys = Table(
    "api_keys",
    metadata,
    _text("id", key=True),
    _text("user_id"),
    _text("scopes"),
    Column("hash", PlainText, nullable=False, unique=True),
    _instant("created_at"),
    _instant("last_used_at", null=True),
    _instant("revoked_at", null=True),
)

connect_tickets = Table(
    "connect_tickets",
    metadata,
    _text("ticket_hash", key=True),
    _account_key(),
    _text("browser_nonce_hash", null=True),
    _text("return_url", null=True),
    _instant("created_at"),
    _instant("started_at", null=True),
    _instant("used_at", null=True),
    Index("connect_tickets_by_age", "created_at"),
)
