"""Global ids of objects."""

from dataclasses import dataclass
from functools import lru_cache

from providers.domain.packed import TEXT, opaque, opaque_bytes, packed, unpacked
from providers.domain.text import can_identify

_KINDS = ("Account", "Meeting", "PhoneNumber", "Contact", "Conversation", "Message", "Provider")
"""Kinds by their number in ids, from 1. Numbers never change: add kinds at the end."""

_NUMBERS = {kind: number for number, kind in enumerate(_KINDS, 1)}
_SEPARATOR = "\x1f"
_KEY_BYTES = 16
_LENGTH_BYTES = 3
"""Bytes of the length of a scope that is no key."""

_MAX_IDS = 8_192
_MAX_BEGINNINGS = 4_096


@dataclass(frozen=True, slots=True)
class Identity:
    """The identity behind a global id.

    `kind` is the GraphQL type's name, one of `_KINDS`. `scope` is usually the key of the account that the object is
    read through, so two users who see one upstream object have two ids of it. `external_id` is the provider's own id;
    an account is its own scope and has an empty one.
    """

    kind: str
    scope: str
    external_id: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.scope, self.external_id

    @property
    def long_form(self) -> str:
        """The id that earlier versions issued. Clients and journals have it, and it is parsed for ever."""
        return opaque(_SEPARATOR.join((self.kind, self.scope, self.external_id)).encode())

    def __str__(self) -> str:
        """Return the opaque id: URL-safe, and stable for ever."""
        return global_id(self.kind, self.scope, self.external_id)

    @classmethod
    def parse(cls, text: str) -> "Identity | None":
        """Parse an id that a client sent, in its short or its long form; None for text that is neither."""
        raw = opaque_bytes(text)
        if raw is None:
            return None
        # The long form begins with the name of the kind, and so with no control character.
        is_short = b"\0" < raw[:1] <= bytes((len(_KINDS),))
        parts = _short_parts(raw) if is_short else _long_parts(raw)
        if parts is None or parts[0] not in _NUMBERS or not all(map(can_identify, parts)):
            return None
        identity = cls(*parts)
        return identity if text == (str(identity) if is_short else identity.long_form) else None


@lru_cache(_MAX_IDS)
def global_id(kind: str, scope: str, external_id: str = "") -> str:
    """Return the opaque id of an `Identity`. Responses have hundreds, and clients read the same pages again and again.

    Its bytes are the number of the kind, the forms of the scope and of the external id, and the two. Those of one scope
    begin alike, with 24 characters if it is the key of an account.
    """
    form, raw = packed(external_id)
    beginning, rest = _beginning(kind, scope, form)
    return beginning + opaque(rest + raw)


@lru_cache(_MAX_BEGINNINGS)
def _beginning(kind: str, scope: str, form: int) -> tuple[str, bytes]:
    """Return what ids begin with, and the bytes after it that are encoded together with those of the external id."""
    scope_form, raw = packed(scope)
    if scope_form == TEXT or len(raw) != _KEY_BYTES:
        text = scope.encode()
        scope_form, raw = TEXT, len(text).to_bytes(_LENGTH_BYTES) + text
    whole = bytes((_NUMBERS[kind], scope_form << 4 | form)) + raw
    end = len(whole) - len(whole) % 3
    return opaque(whole[:end]), whole[end:]


def _short_parts(raw: bytes) -> tuple[str, str, str] | None:
    scope_form, form = divmod(raw[1], 16) if len(raw) > 1 else (TEXT, TEXT)
    start, length = 2, _KEY_BYTES
    if scope_form == TEXT:
        start, length = start + _LENGTH_BYTES, int.from_bytes(raw[start : start + _LENGTH_BYTES])
    end = start + length
    scope, external_id = unpacked(scope_form, raw[start:end]), unpacked(form, raw[end:])
    return None if scope is None or external_id is None else (_KINDS[raw[0] - 1], scope, external_id)


def _long_parts(raw: bytes) -> tuple[str, str, str] | None:
    try:
        parts = raw.decode().split(_SEPARATOR)
    except UnicodeDecodeError:
        return None
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 else None


def account_key(text: str) -> str | None:
    """Return the key of an account; None for an id that is malformed or of another kind."""
    return _own_scope("Account", text)


def provider_name(text: str) -> str | None:
    """Return the name of a provider; None for an id that is malformed or of another kind."""
    return _own_scope("Provider", text)


def object_key(kind: str, text: str) -> tuple[str, str] | None:
    """Return the scope and external id in an id; None for an id that is malformed or of another kind."""
    identity = Identity.parse(text)
    return identity.key if identity is not None and identity.kind == kind else None


def _own_scope(kind: str, text: str) -> str | None:
    """Return the scope of an object that is its own scope."""
    key = object_key(kind, text)
    return None if key is None or key[1] else key[0]
