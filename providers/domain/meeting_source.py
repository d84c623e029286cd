"""Sources of lists of meetings: whose meetings a list has. Stored read times have them: do not change them."""

from providers.domain.entities import Meeting

ALL_USERS = "everyone"
"""The source of lists with the meetings of all users of a provider."""

_USER = "user:"


def source_of_user(user_id: str) -> str:
    """Return the source of lists with the meetings of one user."""
    return f"{_USER}{user_id}"


def user_of_source(source: str) -> str | None:
    """Return the user whose meetings a list of the source has; None if it has those of an account, or of all users."""
    return source.removeprefix(_USER) if source.startswith(_USER) else None


def sources_of(meeting: Meeting) -> list[str]:
    """Return the sources of the lists that may have the meeting. An account's source is its key."""
    of_account = [] if meeting.account_key is None else [meeting.account_key]
    return [*of_account, source_of_user(meeting.user_id), ALL_USERS]
