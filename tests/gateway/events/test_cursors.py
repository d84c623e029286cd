import base64

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.events.cursors import PLACES, EventCursors, FeedPosition
from providers.domain.errors import BadUserInput

OLD_KEY, NEW_KEY = bytes(32), bytes([1]) * 32
CURSORS = EventCursors([OLD_KEY])


@pytest.mark.parametrize("number", [0, 1, 10**12])
@pytest.mark.parametrize("place", [1, PLACES])
def test_a_cursor_stands_for_its_position(number: int, place: int) -> None:
    assert CURSORS.read(CURSORS.write(number, place)) == FeedPosition(number, place)


def test_a_cursor_of_an_earlier_version_is_after_all_events_of_its_entry() -> None:
    cipher = AESSIV(HKDF(SHA256(), 64, None, b"switchboard feed cursors").derive(OLD_KEY))
    cursor = base64.urlsafe_b64encode(cipher.encrypt((7).to_bytes(8), None)).decode()

    assert {CURSORS.read(cursor).start(place) for place in (1, PLACES)} == {7}


@pytest.mark.parametrize(("place", "start"), [(1, 7), (2, 7), (3, 6)])
def test_a_subscription_that_an_entry_was_not_sent_to_starts_before_it(place: int, start: int) -> None:
    assert CURSORS.read(CURSORS.write(7, 2)).start(place) == start


def test_cursors_of_the_present_do_not_show_that_nothing_happened_in_between() -> None:
    cursors = [CURSORS.write_now(7) for _ in range(3)]
    assert len({*cursors}) == 3
    assert {CURSORS.read(each).start(1) for each in cursors} == {7}
    assert {len(each) for each in cursors} == {40}


def test_a_cursor_does_not_reveal_its_position() -> None:
    first, second = (base64.urlsafe_b64decode(CURSORS.write(place)) for place in (7, 8))
    assert len(first) == len(second)
    assert not any(left == right for left, right in zip(first[16:], second[16:], strict=True))


def test_a_place_has_one_cursor() -> None:
    assert CURSORS.write(7) == CURSORS.write(7)


def test_a_cursor_outlives_the_key_that_sealed_it() -> None:
    cursor = CURSORS.write(5)
    assert EventCursors([NEW_KEY, OLD_KEY]).read(cursor).number == 5
    with pytest.raises(BadUserInput):
        EventCursors([NEW_KEY]).read(cursor)


@pytest.mark.parametrize("cursor", ["", "?", "é", "ZmVlZDo1", CURSORS.write(1)[:-4] + "AAAA", CURSORS.write(1) * 9])
def test_a_forged_cursor_is_rejected(cursor: str) -> None:
    with pytest.raises(BadUserInput, match=r"^after: "):
        CURSORS.read(cursor)
