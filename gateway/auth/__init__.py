"""Authentication: the local viewer of an open gateway, JWTs, and API keys."""

from gateway.auth.api_keys import key_hash, new_key
from gateway.auth.authenticator import Authenticator

__all__ = ["Authenticator", "key_hash", "new_key"]
