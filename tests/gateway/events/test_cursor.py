import pytest

from gateway.events.cursor import cursor_of, place_of
from resolvers.errors import BadUserInput


@pytest.mark.parametrize("place", [0, 1, 10**12])
def test_a_cursor_stands_for_its_place(place: int) -> None:
    assert place_of(cursor_of(place)) == place


@pytest.mark.parametrize(
    "cursor", ["", "?", "é", "ZmVlZDo", "ZmVlZDrCsg", "ZmVlZDotMQ", "eDox", "ZmVlZDo5OTk5OTk5OTk5OTk5OTk5OTk5"]
)
def test_what_was_never_given_out_is_refused(cursor: str) -> None:
    with pytest.raises(BadUserInput, match=r"^after: "):
        place_of(cursor)
