"""Who asks: the local viewer of an open gateway, the bearer of a JWT, or the holder of an API key."""

from gateway.auth.api_keys import key_hash, new_key
from gateway.auth.authenticated import SCOPES, Authenticated
from gateway.auth.authenticator import Authenticator

__all__ = ["SCOPES", "Authenticated", "Authenticator", "key_hash", "new_key"]
