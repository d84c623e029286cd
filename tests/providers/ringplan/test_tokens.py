from datetime import UTC, datetime, timedelta

import jwt
import pytest

from providers.ringplan.tokens import connection_expires_at, credentials_of, is_expired, mail_address

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def a_token(**claims: object) -> str:
    return jwt.encode(claims, "a made-up key that no test checks", algorithm="HS256")


@pytest.mark.parametrize(
    ("claims", "address"),
    [
        ({"emails": ["ada@example.com", "dora@example.com"]}, "ada@example.com"),
        ({"email": "ada@example.com"}, "ada@example.com"),
        ({"emails": [], "email": "ada@example.com"}, "ada@example.com"),
        ({}, None),
        ({"emails": "ada@example.com"}, None),
        ({"emails": [7]}, None),
    ],
)
def test_the_mail_address_is_read_from_the_id_token(claims: dict[str, object], address: str | None) -> None:
    assert mail_address(credentials_of(a_token(**claims), "refresh", NOON)) == address


def test_expiry_is_read_from_the_id_token() -> None:
    credentials = credentials_of(a_token(iat=NOON - HOUR, exp=NOON + HOUR), "refresh", NOON)
    assert not is_expired(credentials, NOON + HOUR - timedelta(seconds=1))
    assert is_expired(credentials, NOON + HOUR)
    assert connection_expires_at(credentials) == NOON - HOUR + 336 * HOUR


@pytest.mark.parametrize(
    "token", ["opaque", "a.b.c", "..", a_token(), a_token(exp="soon"), a_token(iat=10**15, exp=NOON), "\u00e9"]
)
def test_documented_lifetimes_complete_an_id_token_without_claims(token: str) -> None:
    credentials = credentials_of(token, "refresh", NOON)
    assert not is_expired(credentials, NOON + 8 * HOUR - timedelta(seconds=1))
    assert is_expired(credentials, NOON + 8 * HOUR)
    assert connection_expires_at(credentials) == NOON + 336 * HOUR
    assert mail_address(credentials) is None
