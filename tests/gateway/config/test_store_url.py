import pytest

from gateway.config.store_url import engine_url
from gateway.storage import StoreAddressError


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:///switchboard.db", "sqlite+aiosqlite:///switchboard.db"),
        ("sqlite:////var/lib/switchboard.db", "sqlite+aiosqlite:////var/lib/switchboard.db"),
        ("postgresql://ada:pw@db.example.com/x", "postgresql+asyncpg://ada:pw@db.example.com/x"),
        ("postgres://db.example.com:5433/x", "postgresql+asyncpg://db.example.com:5433/x"),
        ("postgresql://db.example.com/x?sslmode=require", "postgresql+asyncpg://db.example.com/x?ssl=require"),
    ],
)
def test_an_operators_url_gets_its_driver(url: str, expected: str) -> None:
    assert engine_url(url).render_as_string(hide_password=False) == expected


@pytest.mark.parametrize(
    "url",
    ["", "switchboard.db", "sqlite://", "sqlite:///:memory:", "sqlite://host/x.db", "mysql://ada:hush@host/x", "a://["],
)
def test_any_other_url_is_refused_in_words_that_hold_no_password(url: str) -> None:
    with pytest.raises(StoreAddressError, match="expected sqlite:///") as refused:
        engine_url(url)
    assert "hush" not in str(refused.value)
