"""Keys of loaders and criteria, parsed from the ids that clients send."""

from collections.abc import Sequence

from providers.domain.criteria import ObjectKey
from providers.domain.ids import Identity


def account_key(id: str) -> str | None:
    """Return the key of an account; None for an id that is malformed or of another type."""
    identity = Identity.parse(id)
    if identity is None or identity.kind != "Account" or identity.external_id:
        return None
    return identity.scope


def object_key(kind: str, id: str) -> ObjectKey | None:
    """Return the key of an object of the type `kind`; None for an id that is malformed or of another type."""
    identity = Identity.parse(id)
    return (identity.scope, identity.external_id) if identity is not None and identity.kind == kind else None


def account_keys(ids: Sequence[str] | None, within: str | None = None) -> tuple[str, ...] | None:
    """Return the keys of a filter's accounts; with `within`, of that account at most.

    Invalid ids match nothing and are dropped.
    """
    if ids is None:
        return None if within is None else (within,)
    keys = (account_key(text) for text in ids)
    return tuple(key for key in keys if key is not None and within in (None, key))


def object_keys(kind: str, ids: Sequence[str] | None) -> tuple[ObjectKey, ...] | None:
    """Return the keys of a filter's objects of the type `kind`. Invalid ids match nothing and are dropped."""
    if ids is None:
        return None
    keys = (object_key(kind, text) for text in ids)
    return tuple(key for key in keys if key is not None)
