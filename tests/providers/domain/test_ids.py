import string

import pytest

from providers.domain.entities import Identity

ODD_TEXTS = ["", "key", "key/42", "a=b&c", "ü", "\N{GRINNING FACE}", " ", "%00", "x" * 500]


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_an_id_is_parsed_to_its_identity(text: str) -> None:
    for identity in (Identity("Meeting", text, "42"), Identity("Meeting", "key", text), Identity(text, text, text)):
        assert Identity.parse(str(identity)) == identity


def test_the_form_of_ids_never_changes() -> None:
    assert str(Identity("Meeting", "key", "42")) == "TWVldGluZx9rZXkfNDI"


def test_ids_of_one_object_differ_by_account() -> None:
    assert str(Identity("Meeting", "one", "42")) != str(Identity("Meeting", "other", "42"))


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_an_id_is_safe_in_a_url(text: str) -> None:
    assert set(str(Identity("Account", text))) <= {*string.ascii_letters, *string.digits, "-", "_"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "42",
        "not an id",
        "TWVldGluZx9rZXkfNDI=",
        "TWVldGluZx9rZXkfNDJ",
        "TWVldGluZx9rZXkf NDI",
        "TWVldGluZx9rZXk",
        "ü",
        "\ud800",
        "_" * 10_000,
    ],
)
def test_text_that_was_never_issued_is_not_an_id(text: str) -> None:
    assert Identity.parse(text) is None


@pytest.mark.parametrize("control", ["\x00", "\n", "\x1f", "\x7f", "\x9b", "\u2028", "\ufffd"])
@pytest.mark.parametrize("place", range(3))
def test_an_id_with_a_control_character_is_not_parsed(control: str, place: int) -> None:
    """A key without it is another key."""
    parts = ["Meeting", "key", "42"]
    parts[place] += control
    assert Identity.parse(str(Identity(*parts))) is None
