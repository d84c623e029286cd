"""The tables. Times are microseconds since the epoch, JSON is text, and columns that are sorted by compare by bytes."""

from gateway.storage.schema import Column, Index, Kind, Table

NEVER_DUE = 2**63 - 1
"""The time of reading of a list that isn't read, because the provider can't be called."""


def _text(name: str, *, key: bool = False, null: bool = False, unique: bool = False) -> Column:
    return Column(name, Kind.TEXT, is_key=key, is_nullable=null, is_unique=unique)


def _instant(name: str, *, null: bool = False) -> Column:
    return Column(name, Kind.BIG_INTEGER, is_nullable=null)


def _ordinal() -> Column:
    return Column("ordinal", Kind.BIG_INTEGER, is_unique=True)


def _flag(name: str) -> Column:
    return Column(name, Kind.BOOLEAN)


def _bytes(name: str, *, null: bool = False) -> Column:
    return Column(name, Kind.BYTES, is_nullable=null)


def _account_key(*, key: bool = False, null: bool = False) -> Column:
    return Column("account_key", Kind.TEXT, is_key=key, is_nullable=null, references="accounts.key")


def _due(*names: str) -> list[Column]:
    """Columns with times until which lists are known to be read: 0 before the first one.

    A list that is due is found by an index over them. The read log has the times themselves, which may be later.
    """
    return [Column(name, Kind.BIG_INTEGER, default="0") for name in names]


def _owner() -> Column:
    """The account's user, who never changes: so a user's rows have an order of their own, over all accounts."""
    return _text("user_id")


accounts = Table(
    "accounts",
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
    _ordinal(),
    Index("accounts_by_external_id", ("provider", "user_id", "external_id"), is_unique=True),
    Index("accounts_by_user", ("user_id", "ordinal")),
    *(
        Index(f"accounts_by_{of}{name.removesuffix('_at')}", (*owner, "provider", "status", name))
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
    _account_key(key=True),
    _bytes("secret"),
    _text("spending_fingerprint", null=True),
    _text("spending_holder", null=True),
    _instant("spending_lease_until", null=True),
)

meetings = Table(
    "meetings",
    _text("scope", key=True),
    _text("external_id", key=True),
    _text("provider"),
    _text("user_id"),
    _account_key(null=True),
    _text("service"),
    _text("kind"),
    _instant("start_time"),
    Column("duration", Kind.BIG_INTEGER),
    _text("superseded_starts", null=True),
    _text("superseded_durations", null=True),
    _text("join_url"),
    _flag("cancelled"),
    _flag("called_off"),
    Column("revision", Kind.INTEGER),
    _text("uid", null=True),
    _text("title", null=True),
    _text("description", null=True),
    _text("time_zone", null=True),
    _text("room", null=True),
    _flag("is_private"),
    _text("organizer_email", null=True),
    _text("participants", null=True),
    _text("dial_ins", null=True),
    _text("calendar_url", null=True),
    _instant("created_at", null=True),
    _flag("detailed"),
    _instant("details_read_at", null=True),
    _text("details_digest", null=True),
    _bytes("secret", null=True),
    _text("search"),
    _instant("synced_at"),
    _instant("written_at"),
    Index("meetings_by_start", ("start_time", "scope", "external_id")),
    Index("meetings_by_user", ("user_id", "start_time", "scope", "external_id")),
    Index("meetings_by_account", ("account_key", "start_time", "scope", "external_id")),
    Index("meetings_by_duration", ("duration",)),
)

phone_numbers = Table(
    "phone_numbers",
    _account_key(key=True),
    _owner(),
    _text("external_id", key=True),
    _text("number"),
    _text("e164", null=True),
    _text("owners"),
    Column("ordinal", Kind.INTEGER),
    Index("phone_numbers_by_user", ("user_id", "account_key", "ordinal", "external_id")),
)

contacts = Table(
    "contacts",
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
    # Unique, but for rows of an earlier version until `ordinals` gives them theirs.
    Column("ordinal", Kind.BIG_INTEGER, default="0"),
    Index("contacts_by_name", ("sort_last", "sort_first", "external_id", "account_key")),
    Index("contacts_by_user", ("user_id", "sort_last", "sort_first", "external_id", "account_key")),
    Index("contacts_by_account", ("account_key", "sort_last", "sort_first", "external_id")),
    Index("contacts_by_creation", ("ordinal",)),
    Index("contacts_by_user_creation", ("user_id", "ordinal")),
    Index("contacts_by_account_creation", ("account_key", "ordinal")),
    Index("contacts_by_e164", ("e164",)),
    Index("contacts_by_digits", ("digits",)),
)

conversations = Table(
    "conversations",
    _account_key(key=True),
    _owner(),
    _text("external_id", key=True),
    _text("contact_external_id", null=True),
    _text("from_number"),
    _text("from_e164", null=True),
    _text("from_digits"),
    _flag("has_history"),
    _ordinal(),
    _instant("synced_at"),
    *_due("messages_read_at"),
    # The place of the newest message, or else when the conversation was begun; 0 if that isn't known either.
    Column("last_activity_at", Kind.BIG_INTEGER, default="0"),
    Column("has_messages", Kind.BOOLEAN, default="false"),
    # The position of the newest inbound message, which a viewer has read or not.
    _instant("inbound_sorted_at", null=True),
    _text("inbound_external_id", null=True),
    Index("conversations_by_activity", ("last_activity_at", "ordinal")),
    Index("conversations_by_user_activity", ("user_id", "last_activity_at", "ordinal")),
    Index("conversations_by_account_activity", ("account_key", "last_activity_at", "ordinal")),
    Index("conversations_by_user", ("user_id", "ordinal")),
    Index("conversations_by_account", ("account_key", "ordinal")),
    Index("conversations_by_contact", ("account_key", "contact_external_id", "ordinal")),
    Index("conversations_by_read", ("messages_read_at",)),
    Index("conversations_by_user_read", ("user_id", "messages_read_at")),
    Index("conversations_by_account_read", ("account_key", "messages_read_at")),
)

messages = Table(
    "messages",
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
    _flag("listed"),
    _text("media", null=True),
    _text("sent_by", null=True),
    _text("idempotency_key", null=True),
    Index("messages_by_time", ("sorted_at", "external_id", "account_key")),
    Index("messages_by_user", ("user_id", "sorted_at", "external_id", "account_key")),
    Index("messages_by_account", ("account_key", "sorted_at", "external_id")),
    Index("messages_by_conversation", ("account_key", "conversation_external_id", "sorted_at", "external_id")),
    Index(
        "messages_inbound",
        ("account_key", "conversation_external_id", "sorted_at", "external_id"),
        where="direction = 'INBOUND'",
    ),
)

read_marks = Table(
    "read_marks",
    # The viewer, who may be an administrator: not the account's user.
    _text("user_id", key=True),
    _account_key(key=True),
    _text("conversation_external_id", key=True),
    _instant("sorted_at"),
    _text("external_id"),
)

message_coverage = Table(
    "message_coverage",
    _account_key(key=True),
    _owner(),
    _text("conversation_external_id", key=True),
    _instant("tail_sorted_at", null=True),
    _text("tail_external_id", null=True),
    _flag("complete"),
    *(
        Index(f"message_coverage_open{name}", (*owner, "tail_sorted_at", "tail_external_id"), where="NOT complete")
        for name, owner in (("", ()), ("_by_user", ("user_id",)), ("_by_account", ("account_key",)))
    ),
)

read_log = Table(
    "read_log",
    _text("provider", key=True),
    _text("kind", key=True),
    _text("source", key=True),
    Column("start_time", Kind.BIG_INTEGER, is_key=True),
    Column("end_time", Kind.BIG_INTEGER, is_key=True),
    _instant("read_at"),
    _text("digest", null=True),
    _text("revision", null=True),
    Index("read_log_by_age", ("read_at",)),
)

journal = Table(
    "journal",
    _text("id", key=True),
    _text("user_id"),
    _text("mutation"),
    _text("idempotency_key", null=True),
    _text("attempt"),
    _text("provider", null=True),
    _text("account_key", null=True),
    _bytes("request"),
    _text("state"),
    _bytes("outcome", null=True),
    _text("holder"),
    _instant("lease_until"),
    _instant("provable_at", null=True),
    _instant("started_at"),
    _instant("updated_at"),
    Index("journal_by_age", ("updated_at",)),
    Index("journal_by_lease", ("state", "lease_until")),
    Index(
        "journal_by_idempotency_key",
        ("user_id", "mutation", "idempotency_key"),
        is_unique=True,
        where="state <> 'FAILED'",
    ),
)

feed = Table(
    "feed",
    Column("seq", Kind.ROW_NUMBER, is_key=True),
    _instant("at"),
    _text("kind"),
    _text("user_id"),
    _text("account_key", null=True),
    _text("scope"),
    _text("external_id"),
    _text("conversation", null=True),
    _text("change", null=True),
    _text("previous", null=True),
    Index("feed_by_user", ("user_id", "seq")),
    Index("feed_by_age", ("at",)),
)

api_keys = Table(
    "api_keys",
    _text("id", key=True),
    _text("user_id"),
    _text("scopes"),
    _text("hash", unique=True),
    _instant("created_at"),
    _instant("last_used_at", null=True),
    _instant("revoked_at", null=True),
)

connect_tickets = Table(
    "connect_tickets",
    _text("ticket_hash", key=True),
    _account_key(),
    _text("browser_nonce_hash", null=True),
    _text("return_url", null=True),
    _instant("created_at"),
    _instant("started_at", null=True),
    _instant("used_at", null=True),
    Index("connect_tickets_by_age", ("created_at",)),
)

TABLES = (
    accounts,
    credentials,
    meetings,
    phone_numbers,
    contacts,
    conversations,
    messages,
    message_coverage,
    read_marks,
    read_log,
    journal,
    feed,
    api_keys,
    connect_tickets,
)
"""All tables, each after those that it refers to."""
