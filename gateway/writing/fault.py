"""Faults of an input: all of them at once, each with the path of its field."""

from providers.errors import InvalidInput


class Faults:
    """Collects what is wrong with an input."""

    def __init__(self) -> None:
        self._found: list[InvalidInput] = []

    def add(self, message: str, *path: str) -> None:
        """`path` leads to the field from the input's root: "participants", "0", "email"."""
        self._found.append(InvalidInput(message, path=("input", *path)))

    def raise_if_any(self) -> None:
        if len(self._found) == 1:
            raise self._found[0]
        if self._found:
            raise ExceptionGroup("The input has several faults.", self._found)
