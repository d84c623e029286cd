"""API keys: long and random, known by their hashes."""

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from gateway.auth.authenticated import Authenticated
from gateway.graphql.transport.errors import Unauthenticated
from gateway.storage import ApiKey, Store
from providers.domain.errors import StoreUnavailable
from providers.domain.viewer import Viewer

KEY_PREFIX = "swb_"
"""What API keys begin with: it tells one from a JWT, and is found by those who look for leaked secrets."""

USE_NOTED_EVERY = timedelta(minutes=1)

_KEY_BYTES = 32
_log = structlog.get_logger(__name__)


def new_key() -> str:
    """256 random bits, as text."""
    return KEY_PREFIX + secrets.token_urlsafe(_KEY_BYTES)


def key_hash(key: str) -> str:
    """What is kept of a key: 256 random bits can neither be guessed nor found again from a plain hash.

    A key is looked up by it. How long that takes may tell how far the hash of a guess is that of a key, which helps
    nobody: who knew more of the hash could still not make a guess that has it.
    """
    return hashlib.sha256(key.encode()).hexdigest()


class ApiKeyAuthenticator:
    """Turns API keys into viewers; Unauthenticated for one that is unknown or, from that moment on, revoked."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._noted: dict[str, datetime] = {}

    async def authenticate(self, key: str) -> Authenticated:
        found = await self._store.api_keys.find_by_hash(key_hash(key))
        if found is None:
            _log.info("api_key_refused", check="unknown or revoked")
            raise Unauthenticated("The API key is not valid.")
        await self._note_use(found)
        return Authenticated(Viewer(found.user_id, found.scopes))

    async def _note_use(self, key: ApiKey) -> None:
        """Once in a while: a write on each request would cost more than what is asked. Nobody is refused for it."""
        now = self._now()
        last = max(filter(None, (key.last_used_at, self._noted.get(key.id))), default=None)
        if last is not None and now - last < USE_NOTED_EVERY:
            return
        self._noted[key.id] = now
        try:
            async with self._store.write() as transaction:
                await self._store.api_keys.touch(transaction, key.id, now)
        except StoreUnavailable as error:
            _log.warning("key_use_not_noted", reason=error.message)
