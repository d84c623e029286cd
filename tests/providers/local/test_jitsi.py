from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from providers.local.jitsi import Jitsi, host_of, new_room
from providers.local.settings import LocalSettings
from tests.providers.local.conftest import SECRET

SINCE = datetime(2026, 7, 1, 9, tzinfo=UTC)
END = datetime(2026, 7, 2, 10, tzinfo=UTC)
HOST = {"id": "ada", "name": "ada", "email": "ada@example.com"}


@pytest.fixture
def open_jitsi() -> Jitsi:
    return Jitsi(LocalSettings(plugin="local", meet_url="https://meet.example.com"))


def guarded(meet_url: str = "https://meet.example.com") -> Jitsi:
    return Jitsi(
        LocalSettings.model_validate(
            {"plugin": "local", "meet_url": meet_url, "jitsi_app_id": "switchboard", "jitsi_app_secret": SECRET}
        )
    )


def claims_of(url: str | None) -> dict[str, Any]:
    assert url is not None
    [token] = parse_qs(urlsplit(url).query)["jwt"]
    return jwt.decode(
        token,
        SECRET,
        algorithms=["HS256"],
        audience="jitsi",
        issuer="switchboard",
        options={"verify_exp": False, "verify_nbf": False},
    )


def test_rooms_are_128_random_bits_in_lower_case() -> None:
    rooms = {new_room() for _ in range(1000)}
    assert len(rooms) == 1000
    assert all(len(room) == 32 and int(room, 16) < 2**128 and room == room.lower() for room in rooms)


def test_without_a_secret_one_link_serves_everyone(open_jitsi: Jitsi) -> None:
    assert open_jitsi.join_url("room", since=SINCE, end=END) == "https://meet.example.com/room"
    assert open_jitsi.host_url("room", since=SINCE, end=END, host=HOST) is None
    assert not open_jitsi.has_tokens


def test_the_guests_token_is_valid_for_this_room_until_hours_after_the_end() -> None:
    url = guarded().join_url("room", since=SINCE, end=END)
    assert url.startswith("https://meet.example.com/room?jwt=")
    claims = claims_of(url)
    assert (claims["aud"], claims["iss"], claims["sub"]) == ("jitsi", "switchboard", "meet.example.com")
    assert claims["room"] == "room"
    assert claims["nbf"] <= SINCE.timestamp()
    assert timedelta(hours=1) < datetime.fromtimestamp(claims["exp"], UTC) - END < timedelta(days=1)


def test_only_the_host_is_a_moderator() -> None:
    host = claims_of(guarded().host_url("room", since=SINCE, end=END, host=HOST))["context"]["user"]
    guest = claims_of(guarded().join_url("room", since=SINCE, end=END))["context"]["user"]
    assert host == {**HOST, "moderator": True, "affiliation": "owner"}
    assert guest == {"affiliation": "member"}


def test_only_the_hosts_token_has_the_password() -> None:
    host = claims_of(guarded().host_url("room", since=SINCE, end=END, host=HOST, password="made-up"))["context"]
    assert host["room"] == {"password": "made-up"}
    assert host["user"]["security_bypass"] is True
    assert "room" not in claims_of(guarded().join_url("room", since=SINCE, end=END))["context"]


@pytest.mark.parametrize(
    ("meet_url", "subject"),
    [
        ("https://Meet.Example.com:8443", "meet.example.com"),
        ("https://meet.example.com/Tenant", "tenant"),
    ],
)
def test_the_subject_is_the_tenant_or_else_the_host(meet_url: str, subject: str) -> None:
    assert claims_of(guarded(meet_url).join_url("room", since=SINCE, end=END))["sub"] == subject


def test_every_read_returns_the_same_link() -> None:
    assert guarded().join_url("room", since=SINCE, end=END) == guarded().join_url("room", since=SINCE, end=END)


def test_a_host_whose_user_id_is_an_address_has_that_address() -> None:
    email = "ada@example.com"
    assert host_of(email) == {"id": email, "name": email, "email": email}


def test_a_host_with_another_user_id_has_no_address() -> None:
    assert host_of("42") == {"id": "42", "name": "42"}
