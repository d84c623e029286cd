import phonenumbers

from providers.local.number import NUMBERS


def test_all_numbers_are_valid_and_fictional() -> None:
    for number in NUMBERS:
        assert phonenumbers.is_valid_number(phonenumbers.parse(number))
        assert number[5:10] == "55501"
        assert len(number) == len("+12025550123")


def test_there_are_thousands_and_none_twice() -> None:
    assert len(set(NUMBERS)) == len(NUMBERS) >= 5000


def test_the_first_ones_stay_what_they_are() -> None:
    """An account's number is the one at its place in this list, for ever."""
    assert NUMBERS[:2] == ("+12015550100", "+12015550101")
    assert NUMBERS[5000] == "+13055550100"
