from dataclasses import replace

import pytest

from providers.domain.mail import NO_REPLY, normalized, reply_address
from tests.providers.domain.test_icalendar import MEETING


def test_an_address_has_one_normal_form() -> None:
    assert normalized("ada@EXAMPLE.com") == "ada@example.com"


@pytest.mark.parametrize("text", ["", "ada", "42", "ada@", "ada@example.com\r\nBCC:eve@example.com"])
def test_an_invalid_address_has_no_normal_form(text: str) -> None:
    assert normalized(text) is None


def test_the_fallback_address_is_of_a_domain_that_never_exists() -> None:
    """RFC 2606 reserves .invalid."""
    assert NO_REPLY.endswith(".invalid")


@pytest.mark.parametrize(
    ("organizer", "user_id", "address"),
    [
        ("host@example.com", "ada@example.com", "host@example.com"),
        (None, "ada@example.com", "ada@example.com"),
        (None, "42", NO_REPLY),
    ],
)
def test_answers_go_to_the_organiser_else_to_the_user_else_to_the_fallback(
    organizer: str | None, user_id: str, address: str
) -> None:
    assert reply_address(replace(MEETING, organizer_email=organizer, user_id=user_id)) == address
