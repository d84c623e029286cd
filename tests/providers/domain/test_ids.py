import string

import pytest

from providers.domain.entities import Identity

ODD_TEXTS = ["", "key", "key/42", "a=b&c", "ü", "\N{GRINNING FACE}", " ", "%00", "x" * 500]


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_an_id_leads_back_to_what_it_stands_for(text: str) -> None:
    for identity in (Identity("Meeting", text, "42"), Identity("Meeting", "key", text), Identity(text, text, text)):
        assert Identity.parse(str(identity)) == identity


def test_an_id_is_the_same_for_ever() -> None:
    assert str(Identity("Meeting", "key", "42")) == "TWVldGluZx9rZXkfNDI"


def test_ids_differ_by_whose_eyes_see_the_object() -> None:
    assert str(Identity("Meeting", "one", "42")) != str(Identity("Meeting", "other", "42"))


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_an_id_can_stand_in_a_url(text: str) -> None:
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
def test_what_was_never_issued_stands_for_nothing(text: str) -> None:
    assert Identity.parse(text) is None


@pytest.mark.parametrize("control", ["\x00", "\n", "\x1f", "\x7f", "\x9b", "\u2028", "\ufffd"])
@pytest.mark.parametrize("place", range(3))
def test_a_control_character_stands_for_nothing(control: str, place: int) -> None:
    """A key without it is another key."""
    parts = ["Meeting", "key", "42"]
    parts[place] += control
    assert Identity.parse(str(Identity(*parts))) is None
