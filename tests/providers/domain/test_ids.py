import random
import string
from base64 import urlsafe_b64encode
from uuid import UUID, uuid4

import pytest

from providers.domain.identity import Identity
from resolvers.schema import schema
from resolvers.strawberry_compat import core_schema

KINDS = ("Account", "Meeting", "PhoneNumber", "Contact", "Conversation", "Message", "Provider")
KEY = "5f0c2b1e9d8a4c7fb6e5d4c3b2a19087"
EXTERNAL_ID = "0f8e7d6c-5b4a-4392-8170-6f5e4d3c2b1a"
ODD_TEXTS = ["", "key", "key/42", "a=b&c", "ü", "\N{GRINNING FACE}", " ", "%00", "x" * 500, "BEEF", "beef", "42"]
MAX_LENGTH = 48


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_an_id_is_parsed_to_its_identity(text: str) -> None:
    for identity in (Identity("Meeting", text, "42"), Identity("Meeting", KEY, text), Identity("Meeting", text, text)):
        assert Identity.parse(str(identity)) == identity
        assert Identity.parse(identity.long_form) == identity


def test_the_forms_of_ids_never_change() -> None:
    identity = Identity("Meeting", "key", "42")
    assert (str(identity), identity.long_form) == ("AgEAAANrZXlC", "TWVldGluZx9rZXkfNDI")
    assert str(Identity("Message", KEY, EXTERNAL_ID)) == "BhJfDCsenYpMf7bl1MOyoZCHD459bFtKQ5KBcG9eTTwrGg"
    assert str(Identity("Account", KEY)) == "ARBfDCsenYpMf7bl1MOyoZCH"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("external_id", [EXTERNAL_ID, "507f1f77bcf86cd799439011", KEY, "12345678901"])
def test_an_id_of_an_object_with_a_uuid_or_a_hexadecimal_id_is_short(kind: str, external_id: str) -> None:
    assert len(str(Identity(kind, KEY, external_id))) <= MAX_LENGTH


def test_every_type_that_is_a_node_has_a_number_in_ids() -> None:
    core = core_schema(schema)
    node = core.get_type("Node")
    for implementing in core.get_implementations(node).objects:  # type: ignore[arg-type]
        assert Identity.parse(str(Identity(implementing.name, KEY, "1"))) == Identity(implementing.name, KEY, "1")


def test_ids_of_one_object_differ_by_account() -> None:
    assert str(Identity("Meeting", "one", "42")) != str(Identity("Meeting", "other", "42"))


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_an_id_is_safe_in_a_url(text: str) -> None:
    assert set(str(Identity("Account", text))) <= {*string.ascii_letters, *string.digits, "-", "_"}


def test_every_identity_has_one_short_and_one_long_form_and_no_text_has_two_identities() -> None:
    """Scopes and external ids of many shapes, among them such as look like the packed form of others."""
    chance = random.Random(12)
    seen: dict[str, Identity] = {}
    for _ in range(3_000):
        identity = Identity(chance.choice(KINDS), _text(chance), _text(chance))
        for text in (str(identity), identity.long_form):
            assert Identity.parse(text) == identity
            assert seen.setdefault(text, identity) == identity


def test_changed_and_random_texts_are_no_ids_or_canonical_ones_and_never_raise() -> None:
    chance = random.Random(48)
    alphabet = string.ascii_letters + string.digits + "-_=+/ \n\0ü\ud800"
    for _ in range(3_000):
        text = str(Identity(chance.choice(KINDS), KEY, str(uuid4())))
        place = chance.randrange(len(text))
        for candidate in (
            text[:place] + chance.choice(alphabet) + text[place + 1 :],
            text[:place],
            "".join(chance.choices(alphabet, k=chance.randrange(60))),
            urlsafe_b64encode(chance.randbytes(chance.randrange(40))).decode().rstrip("="),
            urlsafe_b64encode(b"\x06" + chance.randbytes(chance.randrange(40))).decode().rstrip("="),
        ):
            identity = Identity.parse(candidate)
            assert identity is None or candidate in (str(identity), identity.long_form)


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
        "AgEAAANrZXlC=",
        "AgEAAANrZXlC A",
        "AgAAAANrZXk0Mg",  # the text "42" has a shorter form
        "Ag",
        "AgM",
        "ARBfDCs",
        Identity("Unicorn", "key", "42").long_form,
        "ü",
        "\ud800",
        "_" * 10_000,
    ],
)
def test_text_that_was_never_issued_is_not_an_id(text: str) -> None:
    assert Identity.parse(text) is None


@pytest.mark.parametrize("control", ["\x00", "\n", "\x1f", "\x7f", "\x9b", "\u2028", "\ufffd"])
@pytest.mark.parametrize("place", range(2))
def test_an_id_with_a_control_character_is_not_parsed(control: str, place: int) -> None:
    """A key without it is another key."""
    parts = ["key", "42"]
    parts[place] += control
    identity = Identity("Meeting", *parts)
    assert Identity.parse(str(identity)) is None
    assert Identity.parse(identity.long_form) is None


def _text(chance: random.Random) -> str:
    made = UUID(int=chance.getrandbits(128))
    return chance.choice(
        [
            made.hex,
            str(made),
            str(made).upper(),
            made.hex[: chance.randrange(32)],
            f"connect/{chance.randrange(100)}",
            "".join(chance.choices("0123456789abcdef-ABCDEFxyz/ü", k=chance.randrange(40))),
        ]
    )
