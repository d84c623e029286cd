"""Unparsed pages: the gateway compares their bytes with those of the last time before anything is parsed."""

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

T = TypeVar("T")


class Unparsed(ABC, Generic[T]):
    """A page of a list as the upstream sent it. A method that returns or yields pages may do so with this instead.

    If the digests of a list's pages are those of the last time, the gateway doesn't call their `parse`: so the
    entities must depend on nothing but the bytes, the account and the time of reading; meetings also on the slice.
    """

    __slots__ = ()

    @property
    @abstractmethod
    def digest(self) -> str:
        """The digest of the response (`Answer.digest`)."""

    @abstractmethod
    def parse(self) -> T:
        """Return the page. Raise ProviderError if the response has none."""


def parsed(page: T | Unparsed[T]) -> T:
    """Return a page, parsed if it is not."""
    return page.parse() if isinstance(page, Unparsed) else page
