"""Passwords of private meetings, as the file keeps them: sealed.

There are private meetings only where the Jitsi Meet asks for tokens, so its app secret is there to derive a key from.
"""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr


class Passwords:
    def __init__(self, secret: SecretStr) -> None:
        key = HKDF(SHA256(), 32, None, b"switchboard meeting passwords").derive(secret.get_secret_value().encode())
        self._sealer = Fernet(urlsafe_b64encode(key))

    def seal(self, password: str) -> str:
        return self._sealer.encrypt(password.encode()).decode()

    def unseal(self, sealed: str) -> str | None:
        """None where it was sealed with another app secret: the links of then are dead as well."""
        try:
            return self._sealer.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None
