import base64

import pytest

from gateway.events.cursors import EventCursors
from providers.domain.errors import BadUserInput

OLD_KEY, NEW_KEY = bytes(32), bytes([1]) * 32
CURSORS = EventCursors([OLD_KEY])


@pytest.mark.parametrize("place", [0, 1, 10**12])
def test_a_cursor_stands_for_its_place(place: int) -> None:
    assert CURSORS.read(CURSORS.write(place)) == place


def test_a_cursor_does_not_reveal_its_position() -> None:
    first, second = (base64.urlsafe_b64decode(CURSORS.write(place)) for place in (7, 8))
    assert len(first) == len(second)
    assert not any(left == right for left, right in zip(first[16:], second[16:], strict=True))


def test_a_place_has_one_cursor() -> None:
    assert CURSORS.write(7) == CURSORS.write(7)


def test_a_cursor_outlives_the_key_that_sealed_it() -> None:
    cursor = CURSORS.write(5)
    assert EventCursors([NEW_KEY, OLD_KEY]).read(cursor) == 5
    with pytest.raises(BadUserInput):
        EventCursors([NEW_KEY]).read(cursor)


@pytest.mark.parametrize("cursor", ["", "?", "é", "ZmVlZDo1", CURSORS.write(1)[:-4] + "AAAA", CURSORS.write(1) * 9])
def test_a_forged_cursor_is_rejected(cursor: str) -> None:
    with pytest.raises(BadUserInput, match=r"^after: "):
        CURSORS.read(cursor)
