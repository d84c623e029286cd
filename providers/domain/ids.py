"""Global object identification: the opaque ids that clients see (Relay's `Node.id`)."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from providers.domain.text import can_identify

_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class Identity:
    """The identity behind a global id.

    `kind` is the GraphQL type's name. `scope` is usually the key of the account that the object is read through, so
    two users who see one upstream object have two ids of it. `external_id` is the provider's own id; an account is its
    own scope and has an empty one.
    """

    kind: str
    scope: str
    external_id: str = ""

    def __str__(self) -> str:
        """Return the opaque id: URL-safe, and stable for ever."""
        text = _SEPARATOR.join((self.kind, self.scope, self.external_id))
        return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()

    @classmethod
    def parse(cls, text: str) -> "Identity | None":
        """Parse an id that a client sent; None for text that this gateway never issues."""
        try:
            parts = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().split(_SEPARATOR)
        except (binascii.Error, ValueError):
            return None
        if len(parts) != 3 or not all(map(can_identify, parts)):
            return None
        identity = cls(*parts)
        return identity if str(identity) == text else None


def account_key(text: str) -> str | None:
    """Return the key of an account; None for an id that is malformed or of another kind."""
    identity = Identity.parse(text)
    if identity is None or identity.kind != "Account" or identity.external_id:
        return None
    return identity.scope


def object_key(kind: str, text: str) -> tuple[str, str] | None:
    """Return the scope and external id in an id; None for an id that is malformed or of another kind."""
    identity = Identity.parse(text)
    return (identity.scope, identity.external_id) if identity is not None and identity.kind == kind else None
