"""Faults of an input: all of them at once, each with the path of its field."""

from typing import TypeVar

from providers.domain.errors import InvalidInput
from resolvers.scalar import Unreadable

T = TypeVar("T")


class Faults:
    """Collects what is wrong with an input."""

    def __init__(self) -> None:
        self._found: list[InvalidInput] = []

    def add(self, message: str, *path: str) -> None:
        """`path` leads to the field from the input's root: "participants", "0", "email"."""
        self._found.append(InvalidInput(message, path=("input", *path)))

    def readable(self, given: T | Unreadable, *path: str) -> T | None:
        """The value; None for one that its scalar couldn't parse, which is a fault."""
        if not isinstance(given, Unreadable):
            return given
        self.add(f"{path[-1]} {given.reason}", *path)
        return None

    def raise_if_any(self) -> None:
        if len(self._found) == 1:
            raise self._found[0]
        if self._found:
            raise ExceptionGroup("The input has several faults.", self._found)
