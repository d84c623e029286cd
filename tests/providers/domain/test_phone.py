import pytest

from providers.domain.phone import e164


@pytest.mark.parametrize(
    "written", ["+12025550123", "+1 (202) 555-0123", "202-555-0123", "1 202 555 0123", "  2025550123 "]
)
def test_a_number_is_the_same_however_it_is_written(written: str) -> None:
    assert e164(written, "US") == "+12025550123"


def test_a_number_without_country_code_is_one_of_the_region() -> None:
    assert e164("030 123456", "DE") == "+4930123456"
    assert e164("030 123456", None) is None


def test_the_country_code_beats_the_region() -> None:
    assert e164("+44 20 7946 0123", "US") == "+442079460123"


def test_an_unassigned_number_is_valid() -> None:
    assert e164("+1 555 555 0123", None) == "+15555550123"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "+",
        "12",
        "+1 202",
        "+1 202 555 01234",
        "555-0123",
        "+999 2025550123",
        "nobody",
        "call 202 555 0123",
        "202 555 0123 x7",
        "202 555 0123 #7",
        "9" * 1000,
        "\x00",
    ],
)
def test_text_that_is_not_a_phone_number_is_refused(written: str) -> None:
    assert e164(written, "US") is None
