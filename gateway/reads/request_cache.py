"""What one operation has seen already, so that it is not fetched from the store again."""

from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from typing import Generic, TypeVar

from gateway.storage import Store, Visibility
from providers.domain.criteria import ObjectKey
from providers.domain.entities import Account, AccountStatus, Conversation
from providers.domain.pages import PageRequest

READABLE = (AccountStatus.CONNECTED, AccountStatus.EXPIRED)
"""How accounts stand whose provider is asked. Where one has expired it may say so: what is known is stale then."""

ALL_ROWS = PageRequest(limit=10_000)
"""A page of what is gone through as a whole: of more than that the rest is left out."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class IdentityMap(Generic[K, V]):
    """Values by key; those that it hasn't are fetched together."""

    def __init__(self, fetch: Callable[[Sequence[K]], Awaitable[Sequence[V | None]]]) -> None:
        self._fetch = fetch
        self._values: dict[K, V | None] = {}

    async def get(self, keys: Sequence[K]) -> list[V | None]:
        """In the order of the keys; None where one is unknown or not to be seen."""
        missing = [key for key in dict.fromkeys(keys) if key not in self._values]
        if missing:
            self._values.update(zip(missing, await self._fetch(missing), strict=True))
        return [self._values[key] for key in keys]

    def put(self, values: Iterable[tuple[K, V]]) -> None:
        self._values.update(values)

    def clear(self) -> None:
        self._values.clear()


class RequestCache:
    """The accounts and conversations of one viewer's operation."""

    def __init__(self, store: Store, visibility: Visibility) -> None:
        self.accounts: IdentityMap[str, Account] = IdentityMap(lambda keys: store.accounts.get_many(visibility, keys))
        self.conversations: IdentityMap[ObjectKey, Conversation] = IdentityMap(
            lambda keys: store.conversations.get_many(visibility, keys)
        )

    async def readable(self, keys: Iterable[str]) -> list[Account]:
        """Those of the accounts whose provider can be asked, each once."""
        found = await self.accounts.get(list(dict.fromkeys(keys)))
        return [each for each in found if each is not None and each.status in READABLE]

    def note_accounts(self, accounts: Iterable[Account]) -> None:
        self.accounts.put((each.key, each) for each in accounts)

    def note_conversations(self, conversations: Iterable[Conversation]) -> None:
        self.conversations.put(((each.account_key, each.external_id), each) for each in conversations)

    def forget(self) -> None:
        self.accounts.clear()
        self.conversations.clear()
