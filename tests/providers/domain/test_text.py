import pytest

from providers.domain.text import can_identify, content, with_scalar_values


@pytest.mark.parametrize("text", ["carol", "", " ", "ada@example.com", "\N{GRINNING FACE}", "auth0|42", "a\u200db"])
def test_text_without_control_characters_can_identify(text: str) -> None:
    assert can_identify(text)


@pytest.mark.parametrize("unfit", [*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0)), "\u2028", "\u2029", "\ufffd"])
def test_text_with_a_control_character_cannot_identify(unfit: str) -> None:
    assert not any(map(can_identify, [f"carol{unfit}", f"{unfit}carol", f"ca{unfit}rol"]))


def test_text_with_a_lone_surrogate_cannot_identify() -> None:
    assert not any(map(can_identify, ["carol\ud83d", "\ude00", "\ude00\ud83d"]))


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("half \ud83d", "half \ufffd"),
        ("\ude00 half", "\ufffd half"),
        ("\ud83d\ude00", "\N{GRINNING FACE}"),
        ("a\x00b\x00", "ab"),
        ("\x00\ud83d\x00", "\ufffd"),
        ("line\nline\ttab", "line\nline\ttab"),
    ],
)
def test_content_is_cleaned(sent: str, stored: str) -> None:
    assert content(sent) == stored


def test_text_of_scalar_values_keeps_its_nul() -> None:
    assert with_scalar_values("a\x00\ud83d") == "a\x00\ufffd"
