"""Who asks: the local viewer of an open gateway, the bearer of a JWT, or the holder of an API key."""

from gateway.authentication.api_key import key_hash, new_key
from gateway.authentication.authenticated import SCOPES, Authenticated
from gateway.authentication.authenticator import Authenticator

__all__ = ["SCOPES", "Authenticated", "Authenticator", "key_hash", "new_key"]
