"""Observation of calls, for metrics."""

from collections.abc import Callable

Watch = Callable[[str, str, float], None]
"""Called after every attempt with the host, the outcome and the seconds it took.

The outcome is the class of the status ("2xx"), "unreachable", "unanswered", "unacceptable" if the response exceeded a
limit or could not be decoded, "withdrawn" if the caller was cancelled, or "rejected" if the circuit was open.
"""


def unwatched(host: str, outcome: str, seconds: float) -> None:
    """Observe nothing."""
