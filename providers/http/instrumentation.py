"""Who is told of calls, for whom it counts how they go."""

from collections.abc import Callable

Watch = Callable[[str, str, float], None]
"""Told of every call: the host, what came of it, and after how many seconds.

What came of it is the class of its status ("2xx"), "unreachable", "unanswered", "unacceptable" if the response exceeded
a limit or could not be decoded, "withdrawn" where nobody waited any more, or "kept_back" where it was not let through.
"""


def unwatched(host: str, outcome: str, seconds: float) -> None:
    """Nobody is told."""
