import pytest

from providers.domain.mail import normalized


def test_an_address_has_one_form() -> None:
    assert normalized("ada@EXAMPLE.com") == "ada@example.com"


@pytest.mark.parametrize("text", ["", "ada", "42", "ada@", "ada@example.com\r\nBCC:eve@example.com"])
def test_anything_else_is_none(text: str) -> None:
    assert normalized(text) is None
