"""Passwords of private meetings, encrypted in the file."""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr


class Passwords:
    """Encrypt the passwords of private meetings for the file.

    The key is derived from the app secret: only a Jitsi Meet with tokens has private meetings, so there always is one.
    """

    def __init__(self, app_secret: SecretStr) -> None:
        # The label is part of stored ciphertexts: do not change it.
        key = HKDF(SHA256(), 32, None, b"switchboard meeting passwords").derive(app_secret.get_secret_value().encode())
        self._fernet = Fernet(urlsafe_b64encode(key))

    def encrypt(self, password: str) -> str:
        return self._fernet.encrypt(password.encode()).decode()

    def decrypt(self, encrypted: str) -> str | None:
        """Return None if another app secret encrypted it. The links of that time are invalid, too."""
        try:
            return self._fernet.decrypt(encrypted.encode()).decode()
        except InvalidToken:
            return None
