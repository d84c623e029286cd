import pytest

from gateway.config.store_url import store_address
from gateway.storage import StoreAddressError


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("sqlite:///switchboard.db", "switchboard.db"),
        ("sqlite:////var/lib/switchboard.db", "/var/lib/switchboard.db"),
        ("sqlite:////var/lib/two%20words.db", "/var/lib/two words.db"),
        ("postgresql://ada:pw@db.example.com/x", "postgresql://ada:pw@db.example.com/x"),
        ("postgresql+asyncpg://ada@db.example.com/x", "postgresql://ada@db.example.com/x"),
        ("postgresql://ada:a#b/c%40@db.example.com/x", "postgresql://ada:a%23b%2Fc%40@db.example.com/x"),
        ("postgres://db.example.com:5433/x", "postgresql://db.example.com:5433/x"),
        ("postgresql://db.example.com/x?sslmode=require", "postgresql://db.example.com/x?sslmode=require"),
        ("postgresql://db.example.com/x?ssl=require", "postgresql://db.example.com/x?sslmode=require"),
    ],
)
def test_an_operators_url_is_one_for_the_driver(url: str, place: str) -> None:
    address = store_address(url)
    assert (address.database, address.place) == ("postgresql" if url.startswith("postgres") else "sqlite", place)


@pytest.mark.parametrize(
    "url",
    ["", "switchboard.db", "sqlite://", "sqlite:///:memory:", "sqlite://host/x.db", "mysql://ada:hush@host/x", "a://["],
)
def test_any_other_url_is_refused_in_words_that_hold_no_password(url: str) -> None:
    with pytest.raises(StoreAddressError, match="expected sqlite:///") as refused:
        store_address(url)
    assert "hush" not in str(refused.value)
