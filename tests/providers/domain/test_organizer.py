from dataclasses import replace

import pytest

from providers.domain.organizer import NO_REPLY, reply_address
from tests.providers.domain.test_icalendar import MEETING


def test_nobodys_address_can_never_be_somebodys() -> None:
    """RFC 2606 keeps .invalid for this."""
    assert NO_REPLY.endswith(".invalid")


@pytest.mark.parametrize(
    ("told", "user_id", "address"),
    [
        ("host@example.com", "ada@example.com", "host@example.com"),
        (None, "ada@example.com", "ada@example.com"),
        (None, "42", NO_REPLY),
    ],
)
def test_answers_go_to_the_organiser_then_to_the_user_then_to_nobody(
    told: str | None, user_id: str, address: str
) -> None:
    assert reply_address(replace(MEETING, organizer_email=told, user_id=user_id)) == address
