import random
import re
import string
from base64 import urlsafe_b64encode
from pathlib import Path
from uuid import UUID

import pytest

from providers.domain.pages import Beginning, Position
from resolvers.account import ACCOUNTS
from resolvers.contact import ContactOrder
from resolvers.conversation import ConversationOrder
from resolvers.cursor import long_form, read_cursor, tag_of, write_cursor
from resolvers.meeting import MeetingOrder
from resolvers.message import OF_CONVERSATION

KEY = "5f0c2b1e9d8a4c7fb6e5d4c3b2a19087"
ID = "0f8e7d6c-5b4a-4392-8170-6f5e4d3c2b1a"
OBJECT_ID = "507f1f77bcf86cd799439011"
SOME_TIME, FULL_MINUTE, FULL_SECOND = 1_895_000_000_123_456, 1_895_000_040_000_000, 1_895_000_001_000_000
MAX_LENGTH = 48

SHORT: dict[str, tuple[Position, Position]] = {
    "a message": ((SOME_TIME, ID, KEY), (SOME_TIME, ID, Beginning(KEY[:16]))),
    "a message of a full minute": ((FULL_MINUTE, ID, KEY), (FULL_MINUTE, ID, Beginning(KEY[:24]))),
    "a meeting": ((FULL_MINUTE, KEY, ID), (FULL_MINUTE, KEY, Beginning(ID[:28]))),
    "a meeting with an object id": ((FULL_MINUTE, KEY, OBJECT_ID), (FULL_MINUTE, KEY, OBJECT_ID)),
    "a meeting that began at once": ((SOME_TIME, KEY, ID), (SOME_TIME, KEY, Beginning(ID[:18]))),
    "a meeting of a full second": ((FULL_SECOND, KEY, OBJECT_ID), (FULL_SECOND, KEY, Beginning(OBJECT_ID[:22]))),
    "a contact": (("hopper", "grace", ID, KEY), (ID, KEY)),
    "a contact without a name": (("", "", OBJECT_ID, KEY), (OBJECT_ID, KEY)),
    "a contact with a short id": (("lee", "ann", "c-1", "a-1"), ("lee", "ann", "c-1", "a-1")),
    "a conversation": ((2**40,), (2**40,)),
}


@pytest.mark.parametrize(("position", "read"), SHORT.values(), ids=SHORT)
def test_a_cursor_with_uuids_is_short_and_as_exact_as_it_can_be(position: Position, read: Position) -> None:
    cursor = write_cursor("list", position)
    assert len(cursor) <= MAX_LENGTH
    found = read_cursor("list", cursor)
    assert found == read
    assert [*map(type, found or ())] == [*map(type, read)]
    assert write_cursor("list", found or ()) == cursor


def test_a_cursor_with_texts_that_are_no_uuids_holds_all_of_them() -> None:
    for position in ((SOME_TIME, "connect/ada", "17" * 9 + "x"), (SOME_TIME, "c" * 40, "m" * 40), ("x" * 70_000,)):
        assert read_cursor("list", write_cursor("list", position)) == position


def test_a_cursor_of_an_earlier_version_is_read() -> None:
    for position, _ in SHORT.values():
        assert read_cursor("list", long_form("list", position)) == position
        assert read_cursor("other", long_form("list", position)) is None


def test_a_cursor_is_of_one_list() -> None:
    assert read_cursor("other", write_cursor("list", (1,))) is None


def test_the_form_of_cursors_never_changes() -> None:
    assert write_cursor("conversations", (17,)) == "6TEUAAAAAAAAABE"
    assert write_cursor("messages", (SOME_TIME, ID, KEY)) == "e7U0KQAGu34R21JAD459bFtKQ5KBcG9eTTwrGl8MKx6dikx_"


def test_cursors_of_each_list_begin_differently() -> None:
    """None begins as those of earlier versions do, with an opening bracket and a quotation mark."""
    modules = Path(__file__).parents[2].joinpath("resolvers").glob("*.py")
    found = {
        name
        for each in modules
        for name in re.findall(r'(?:page_request|paged|Listing)\(\s*"([\w.]+)"', each.read_text())
    }
    ordered = {each.listing for order in (ContactOrder, ConversationOrder, MeetingOrder) for each in order}
    lists = {*found, *ordered, ACCOUNTS, OF_CONVERSATION}
    assert {"accounts", "contacts", "conversations", "messages"} <= lists
    assert len({*map(tag_of, lists), b'["'}) == len(lists) + 1


def test_positions_of_many_shapes_are_read_as_they_were_or_shortened() -> None:
    chance = random.Random(48)
    for _ in range(3_000):
        position = tuple(_value(chance) for _ in range(chance.randrange(1, 5)))
        cursor = write_cursor("list", position)
        read = read_cursor("list", cursor)
        assert read is not None
        assert write_cursor("list", read) == cursor
        assert read == position or len(cursor) == MAX_LENGTH or read == position[-2:]


def test_texts_that_are_no_cursors_never_raise() -> None:
    chance = random.Random(24)
    alphabet = string.ascii_letters + string.digits + "-_=+/ \n\0ü\ud800"
    for _ in range(3_000):
        cursor = write_cursor("list", tuple(_value(chance) for _ in range(chance.randrange(1, 5))))
        place = chance.randrange(len(cursor))
        forged = tag_of("list") + chance.randbytes(chance.randrange(40))
        for text in (
            cursor[:place] + chance.choice(alphabet) + cursor[place + 1 :],
            cursor[:place],
            "".join(chance.choices(alphabet, k=chance.randrange(60))),
            urlsafe_b64encode(forged).decode().rstrip("="),
        ):
            position = read_cursor("list", text)
            assert position is None or text in (write_cursor("list", position), long_form("list", position))


def _value(chance: random.Random) -> str | int:
    made = UUID(int=chance.getrandbits(128))
    values: list[str | int] = [
        made.hex,
        str(made),
        made.hex[:24],
        str(made).upper(),
        chance.choice(["", "ü", "müller", "x" * 300]),
        chance.randrange(2**63),
        -chance.randrange(2**63),
        chance.randrange(2**24) * 60_000_000,
        chance.randrange(2**34) * 1_000_000,
    ]
    return chance.choice(values)
