"""Public keys that verify signatures, parsed from PEM (RFC 7468) and from JWK sets (RFC 7517)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

PublicKey: TypeAlias = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey | Ed448PublicKey
_TYPES = (RSAPublicKey, EllipticCurvePublicKey, Ed25519PublicKey, Ed448PublicKey)


@dataclass(frozen=True, slots=True)
class JwksKey:
    """A key of a set. `algorithm` restricts its use; None allows every algorithm of its type (RFC 7517 4.4)."""

    key: PublicKey
    algorithm: str | None

    def suits(self, algorithm: str) -> bool:
        return self.algorithm in {None, algorithm}


def key_from_pem(text: str, algorithms: Sequence[str]) -> PublicKey:
    """Parse a public key that every one of `algorithms` can use. Raise ValueError for other keys, private ones too."""
    try:
        key = load_pem_public_key(text.encode())
    except UnsupportedAlgorithm:
        raise ValueError("unsupported key") from None
    if not isinstance(key, _TYPES) or not all(_fits(key, algorithm) for algorithm in algorithms):
        raise ValueError("key of another type")
    return key


def keys_from_set(document: object) -> dict[str, JwksKey]:
    """Return the signature keys of a JWK set by `kid`. Raise ValueError if `document` is not a JWK set."""
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise ValueError("not a JWK set")
    return dict(_named_keys(entries))


def _named_keys(entries: Sequence[object]) -> Iterator[tuple[str, JwksKey]]:
    for entry in entries:
        if isinstance(entry, dict) and isinstance(entry.get("kid"), str) and entry.get("use", "sig") == "sig":
            key = _key(entry)
            if key is not None:
                yield entry["kid"], JwksKey(key, entry.get("alg"))


def _key(entry: dict[str, object]) -> PublicKey | None:
    """Parse a member; None for secrets and private keys, which must not be published, and for unknown key types."""
    try:
        key = jwt.PyJWK.from_dict(entry).key
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, _TYPES) else None


def _fits(key: PublicKey, algorithm: str) -> bool:
    try:
        jwt.get_algorithm_by_name(algorithm).prepare_key(key)
    except (jwt.PyJWTError, TypeError, ValueError):
        return False
    return True
