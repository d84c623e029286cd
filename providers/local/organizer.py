"""Who an account's user is in a room. The provider knows no more of a user than the operator's id."""

from providers.api.mail import normalized


def host(user_id: str) -> dict[str, str]:
    """What Jitsi shows of the user as a host."""
    email = normalized(user_id)
    return {"id": user_id, "name": user_id} | ({} if email is None else {"email": email})
