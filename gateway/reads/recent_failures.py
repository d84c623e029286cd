"""What failed the last time that it was read."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from providers.domain.errors import ProviderError

K = TypeVar("K", bound=Hashable)

_MAX_ENTRIES = 20_000


@dataclass(frozen=True, slots=True)
class _RecentFailure:
    """`until`: when the source said to ask again."""

    error: ProviderError
    at: datetime
    until: datetime


class RecentFailures(Generic[K]):
    """The error of each source's last reading, until a reading succeeds."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._known: dict[K, _RecentFailure] = {}

    def note(self, source: K, error: ProviderError) -> None:
        if len(self._known) > _MAX_ENTRIES:
            self._known.clear()
        now = self._now()
        self._known[source] = _RecentFailure(error, now, now + timedelta(seconds=error.retry_after or 0))

    def forget(self, source: K) -> None:
        self._known.pop(source, None)

    def error(self, source: K, read_at: datetime) -> ProviderError | None:
        """Why the source could not be read, if that was later than `read_at`: other processes read as well."""
        setback = self._known.get(source)
        return None if setback is None or setback.at < read_at else setback.error

    def is_over(self, source: K) -> bool:
        """Whether the source may be asked again, as far as it said when."""
        setback = self._known.get(source)
        return setback is None or setback.until <= self._now()
