"""The store: one repository for each kind of entity, and transactions over all of them."""

from collections.abc import Callable
from datetime import datetime

from gateway.storage.accounts import Accounts
from gateway.storage.api_keys import ApiKeys
from gateway.storage.cipher import Cipher
from gateway.storage.connect_tickets import ConnectTickets
from gateway.storage.contacts import Contacts
from gateway.storage.conversations import Conversations
from gateway.storage.credentials import Credentials
from gateway.storage.database import Database
from gateway.storage.feed import Feed
from gateway.storage.journal import Journal
from gateway.storage.meetings import Meetings
from gateway.storage.message_coverage import MessageCoverages
from gateway.storage.messages import Messages
from gateway.storage.migrate import HEAD, REWRITE_VERSION, applied, migrate
from gateway.storage.phone_numbers import PhoneNumbers
from gateway.storage.read_log import ReadLog
from gateway.storage.read_marks import ReadMarks
from gateway.storage.read_versions import ReadVersions
from gateway.storage.rekeying import Rekeying
from providers.domain.errors import StoreUnavailable


class Store:
    """Reads take a Visibility and see committed rows. Writes take a transaction and are committed together.

    Every method raises StoreUnavailable if the database fails.
    """

    def __init__(self, database: Database, cipher: Cipher, now: Callable[[], datetime]) -> None:
        self.database = database
        self.write = database.write
        """Begin a transaction. It is committed durably when its block ends, and rolled back if that raises.

        Other writers wait for it: make no calls in it.
        """
        self.accounts = Accounts(database, now)
        self.credentials = Credentials(database, cipher)
        self.meetings = Meetings(database, cipher, now)
        self.contacts = Contacts(database, now)
        self.phone_numbers = PhoneNumbers(database)
        self.conversations = Conversations(database, now)
        self.messages = Messages(database)
        self.message_coverages = MessageCoverages(database)
        self.read_marks = ReadMarks(database)
        self.read_log = ReadLog(database)
        self.read_versions = ReadVersions(database, now)
        self.journal = Journal(database, cipher, now)
        self.feed = Feed(database)
        self.api_keys = ApiKeys(database)
        self.connect_tickets = ConnectTickets(database)
        self.rekeying = Rekeying(database, cipher)

    @classmethod
    async def open(cls, url: str, cipher: Cipher, now: Callable[[], datetime], cache_bytes: int = 0) -> "Store":
        """Open the store at a URL and migrate its tables. Raise StoreAddressError if the URL is invalid.

        Results of reads of at most `cache_bytes` together are cached (see `read_cache`).
        """
        database = Database(url, now=now, cache_bytes=cache_bytes)
        try:
            await migrate(database)
        except BaseException:
            await database.aclose()
            raise
        return cls(database, cipher, now)

    def abandon(self) -> None:
        """Give up on the database: what waits for it fails at once, and so does every later call."""
        self.database.abandon()

    async def aclose(self) -> None:
        await self.database.aclose()

    async def ping(self) -> None:
        """Raise StoreUnavailable unless the database has this version's tables and commits a write."""
        if await applied(self.database) != HEAD:
            raise StoreUnavailable("The store's tables are not those of this version.")
        async with self.write() as transaction:
            await transaction.change(REWRITE_VERSION, {})
