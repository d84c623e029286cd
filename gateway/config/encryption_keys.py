"""Keys that encrypt credentials: configured ones, or one in a file beside the SQLite database."""

import os
from base64 import b64decode, b64encode
from pathlib import Path
from tempfile import NamedTemporaryFile

from gateway.config import ConfigurationError, Store

_KEY_BYTES = 32


def encryption_keys(store: Store) -> tuple[bytes, ...]:
    """Return the keys: the first encrypts, all decrypt.

    Without configured keys it is the one in `<database>.key`, which is created if it does not exist, readable by its
    owner alone. Raise ConfigurationError if that file can't be written or contains anything else.
    """
    path = key_path(store)
    if path is None:
        return tuple(b64decode(key.get_secret_value()) for key in store.encryption_keys)
    return (_key_in_file(path),)


def new_encryption_key() -> str:
    """Return a new key in base64, for `store.encryption_keys`. It is stored nowhere."""
    # Imported for a new store alone: the library takes 6 MB, and a tenth of the time of a start.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    return b64encode(AESGCM.generate_key(_KEY_BYTES * 8)).decode()


def key_path(store: Store) -> Path | None:
    """Return the file that holds the key of an SQLite database; None if keys are configured."""
    return None if store.encryption_keys or store.sqlite_path is None else Path(f"{store.sqlite_path}.key")


def _key_in_file(path: Path) -> bytes:
    try:
        if not path.exists():
            _make(path)
        key = b64decode(path.read_text("ascii").strip(), validate=True)
    except OSError as error:
        raise ConfigurationError([f"store.encryption_keys: {path}: {error.strerror}"]) from None
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise ConfigurationError([f"store.encryption_keys: {path}: expected {_KEY_BYTES} bytes in base64"])
    return key


def _make(path: Path) -> None:
    # Two processes may start at once: a link appears with its whole content, and only the first one appears.
    with NamedTemporaryFile("w", dir=path.parent, prefix=f"{path.name}.") as draft:
        draft.write(f"{new_encryption_key()}\n")
        draft.flush()
        os.fsync(draft.fileno())
        try:
            os.link(draft.name, path)
        except FileExistsError:
            return
    _sync_directory(path.parent)


def _sync_directory(path: Path) -> None:
    directory = os.open(path, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
