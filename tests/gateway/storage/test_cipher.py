import pytest

from gateway.storage import Cipher, CipherError

OLD, NEW = b"o" * 32, b"n" * 32


def test_an_encrypted_value_is_decrypted() -> None:
    cipher = Cipher([OLD])
    sealed = cipher.encrypt(b"secret", "table", "row")
    assert b"secret" not in sealed
    assert cipher.decrypt(sealed, "table", "row") == b"secret"


def test_the_same_text_is_never_sealed_alike() -> None:
    cipher = Cipher([OLD])
    assert cipher.encrypt(b"secret", "row") != cipher.encrypt(b"secret", "row")


def test_the_first_key_encrypts_and_all_decrypt() -> None:
    old, rotated = Cipher([OLD]), Cipher([NEW, OLD])
    assert rotated.decrypt(old.encrypt(b"secret", "row"), "row") == b"secret"
    with pytest.raises(CipherError, match="not among the configured"):
        old.decrypt(rotated.encrypt(b"secret", "row"), "row")


def test_a_ciphertext_can_be_read_in_its_own_row_alone() -> None:
    cipher = Cipher([OLD])
    with pytest.raises(CipherError, match="altered or moved"):
        cipher.decrypt(cipher.encrypt(b"secret", "row"), "other row")


def test_an_altered_ciphertext_is_refused() -> None:
    cipher = Cipher([OLD])
    sealed = cipher.encrypt(b"secret", "row")
    with pytest.raises(CipherError, match="altered or moved"):
        cipher.decrypt(sealed[:-1] + bytes([sealed[-1] ^ 1]), "row")


@pytest.mark.parametrize("keys", [[], [b"short"], [OLD, b""]])
def test_keys_have_32_bytes_and_there_is_one(keys: list[bytes]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Cipher(keys)
