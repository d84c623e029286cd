"""An issuer of tokens: its keys, and where it publishes them."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_curve_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey

SECRET = "a made-up secret that only these tests sign tokens with"
KEYS: dict[str, PrivateKey] = {
    "RS256": generate_rsa_key(65537, 2048),
    "ES256": generate_curve_key(SECP256R1()),
    "EdDSA": Ed25519PrivateKey.generate(),
}
OTHER_KEYS: dict[str, PrivateKey] = {
    "RS256": generate_rsa_key(65537, 2048),
    "ES256": generate_curve_key(SECP256R1()),
    "ES384": generate_curve_key(SECP384R1()),
    "EdDSA": Ed25519PrivateKey.generate(),
}


def public_pem(key: PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def private_pem(key: PrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def claims(**changes: object) -> dict[str, object]:
    """Those of a good token; a claim that is changed to `...` is left out."""
    all_claims = {"sub": "ada", "scope": "read", "exp": int(time.time()) + 600, **changes}
    return {name: value for name, value in all_claims.items() if value is not ...}


def signed(key: PrivateKey | str, algorithm: str, *, kid: str | None = None, **changes: object) -> str:
    headers = None if kid is None else {"kid": kid}
    return jwt.encode(claims(**changes), key, algorithm=algorithm, headers=headers)


def jwk(key: PrivateKey, algorithm: str, **members: object) -> dict[str, object]:
    """The public key as a member of a set."""
    public: Mapping[str, object] = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
    return {**public, **members}


@dataclass
class Publisher:
    """An ASGI app that answers with a key set, and counts the requests."""

    keys: list[dict[str, object]] = field(default_factory=list)
    status: int = 200
    body: bytes | None = None
    requests: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert Request(scope).method == "GET"
        self.requests += 1
        body = json.dumps({"keys": self.keys}).encode() if self.body is None else self.body
        await Response(body, self.status, media_type="application/json")(scope, receive, send)
