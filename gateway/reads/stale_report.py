"""The stale report of an answer: `extensions.stale`."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.reads.fetch import FetchFailure, FetchKey
from gateway.storage.fetch_kind import FetchKind
from providers.domain.errors import ProviderError
from providers.domain.identity import Identity

Entry = Mapping[str, Any]


@dataclass(slots=True)
class StaleReport:
    """The accounts for which a response shows old data because a provider failed.

    `entries` has one for each provider and account: `{"provider", "account", "since", "code"}`. `failed` are the
    accounts of each failed fetch: none if the provider lists by user.
    """

    entries: dict[tuple[str, str | None], Entry] = field(default_factory=dict)
    failed: dict[FetchKey, frozenset[str]] = field(default_factory=dict)

    def note(self, failures: Iterable[FetchFailure]) -> None:
        """Add the accounts of failed fetches. For each account, the oldest stored result counts."""
        for failure in failures:
            self.failed[failure.fetch.key] = frozenset(failure.fetch.account_keys)
            for account_key in failure.fetch.account_keys or (None,):
                self._note(failure.fetch.key.provider, account_key, failure.since, failure.error)

    def has(self, kind: FetchKind, account_keys: Collection[str] | None) -> bool:
        """Return whether a fetch of the kind has failed for one of the accounts; None stands for any account."""
        return any(
            key.kind is kind and (account_keys is None or not of or not of.isdisjoint(account_keys))
            for key, of in self.failed.items()
        )

    def _note(self, provider: str, account_key: str | None, at: datetime | None, error: ProviderError) -> None:
        since = None if at is None else at.isoformat()
        known = self.entries.get((provider, account_key))
        if known is not None and (known["since"] is None or (since is not None and known["since"] <= since)):
            return
        self.entries[(provider, account_key)] = {
            "provider": provider,
            "account": None if account_key is None else str(Identity("Account", account_key)),
            "since": since,
            "code": error.code.value,
        }
