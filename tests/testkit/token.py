"""Tokens as an operator's own system issues them."""

import time

import jwt

SECRET = "a made-up secret that only these tests sign tokens with"

_FOR_EVER = 4_102_444_800

REQUIRED = f"""
    [auth]
    mode = "required"
    jwt = {{ algorithms = ["HS256"], secret = "{SECRET}" }}
"""


def token_of(user_id: str, scope: str = "read write", secret: str = SECRET, **claims: object) -> str:
    """A token that is good for an hour."""
    return jwt.encode({"sub": user_id, "scope": scope, "exp": time.time() + 3600, **claims}, secret, algorithm="HS256")


def lasting_token(user_id: str, scope: str = "read write") -> str:
    """A token that stays valid for gateways whose clock runs ahead."""
    return token_of(user_id, scope, exp=_FOR_EVER)
