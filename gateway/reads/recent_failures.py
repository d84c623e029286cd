"""The last failure of each source, and when the source may be called again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.reads.fetch import FetchKey
from gateway.storage.fetch_kind import FetchKind
from providers.domain.errors import ProviderError

_MAX_ENTRIES = 20_000
_Source = tuple[str, FetchKind, str]


@dataclass(frozen=True, slots=True)
class _RecentFailure:
    error: ProviderError
    at: datetime
    retry_at: datetime


class RecentFailures:
    """The error of each source's last fetch, until a fetch succeeds.

    Fetches of different spans of time share their source: if one fails, the others would, too.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._failures: dict[_Source, _RecentFailure] = {}

    def note(self, key: FetchKey, error: ProviderError) -> None:
        if len(self._failures) > _MAX_ENTRIES:
            self._failures.clear()
        now = self._now()
        self._failures[_source(key)] = _RecentFailure(error, now, now + timedelta(seconds=error.retry_after or 0))

    def forget(self, key: FetchKey) -> None:
        self._failures.pop(_source(key), None)

    def error(self, key: FetchKey, read_at: datetime) -> ProviderError | None:
        """Return the last error if it is newer than `read_at`: another process may have succeeded since."""
        failure = self._failures.get(_source(key))
        return None if failure is None or failure.at < read_at else failure.error

    def may_retry(self, key: FetchKey) -> bool:
        """Return whether the `retry_after` of the last failure is over."""
        failure = self._failures.get(_source(key))
        return failure is None or failure.retry_at <= self._now()


def _source(key: FetchKey) -> _Source:
    return key.provider, key.kind, key.source
