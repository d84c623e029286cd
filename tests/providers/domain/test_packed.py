from uuid import UUID, uuid4

import pytest

from providers.domain.packed import packed, unpacked

UUID_TEXT = "0f8e7d6c-5b4a-4392-8170-6f5e4d3c2b1a"

ODD_TEXTS = [
    "",
    "c-1",
    "42",
    "042",
    "BEEF",
    "be ef",
    "beef",
    "\N{GRINNING FACE}",
    "٤٢",
    UUID_TEXT.upper(),
    UUID_TEXT.replace("-", ""),
    UUID_TEXT.replace("-", " "),
    f"{{{UUID_TEXT[1:-1]}}}",
    UUID_TEXT[:9] + "-" + UUID_TEXT[10:],
    "-" * 36,
    "a" * 36,
]


@pytest.mark.parametrize("text", [*ODD_TEXTS, UUID_TEXT])
def test_a_text_is_unpacked_as_it_was(text: str) -> None:
    assert unpacked(*packed(text)) == text


def test_a_uuid_has_sixteen_bytes() -> None:
    for _ in range(100):
        made = uuid4()
        assert packed(str(made))[1] == packed(made.hex)[1] == made.bytes
        assert unpacked(*packed(str(made))) == str(made)


def test_a_hexadecimal_id_has_half_as_many_bytes_as_digits() -> None:
    assert len(packed("507f1f77bcf86cd799439011")[1]) == 12


def test_texts_that_differ_are_packed_differently() -> None:
    texts = {*ODD_TEXTS, UUID_TEXT, str(UUID(int=0)), "0" * 32}
    assert len({packed(text) for text in texts}) == len(texts)


@pytest.mark.parametrize(("form", "raw"), [(0, b"\xff"), (3, b""), (15, b"x")])
def test_bytes_of_no_text_are_none(form: int, raw: bytes) -> None:
    assert unpacked(form, raw) is None
