"""What the gateway keeps: entities as last read, accounts and their credentials, the journal, the change feed."""

from gateway.store.address import StoreAddressError
from gateway.store.api_key import ApiKey
from gateway.store.change import Change
from gateway.store.cipher import Cipher, CipherError
from gateway.store.connect_ticket import ConnectTicket
from gateway.store.coverage import MessageCoverage, MessagePosition
from gateway.store.credential import Spending
from gateway.store.database import Transaction
from gateway.store.failure import StoreUnavailable
from gateway.store.feed import FeedEntry
from gateway.store.journal import JournalEntry, JournalState
from gateway.store.keyset import ForeignPosition
from gateway.store.rekeying import Rekeyed
from gateway.store.store import Store
from gateway.store.visibility import EVERYBODY, Visibility

__all__ = [
    "EVERYBODY",
    "ApiKey",
    "Change",
    "Cipher",
    "CipherError",
    "ConnectTicket",
    "FeedEntry",
    "ForeignPosition",
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
