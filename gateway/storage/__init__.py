"""The store: entities as last fetched, accounts and their credentials, the journal, the change feed."""

from gateway.config.store_url import StoreAddressError
from gateway.storage.api_keys import ApiKey
from gateway.storage.cipher import Cipher, CipherError
from gateway.storage.connect_tickets import ConnectTicket
from gateway.storage.credentials import Spending
from gateway.storage.database import Transaction
from gateway.storage.feed import FeedEntry
from gateway.storage.journal import JournalEntry, JournalState
from gateway.storage.message_coverage import MessageCoverage
from gateway.storage.message_position import MessagePosition
from gateway.storage.rekeying import Rekeyed
from gateway.storage.rows import Change
from gateway.storage.store import Store
from gateway.storage.visibility import Visibility
from providers.domain.errors import StoreUnavailable

__all__ = [
    "ApiKey",
    "Change",
    "Cipher",
    "CipherError",
    "ConnectTicket",
    "FeedEntry",
    "JournalEntry",
    "JournalState",
    "MessageCoverage",
    "MessagePosition",
    "Rekeyed",
    "Spending",
    "Store",
    "StoreAddressError",
    "StoreUnavailable",
    "Transaction",
    "Visibility",
]
