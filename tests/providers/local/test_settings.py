import pytest
from pydantic import ValidationError

from providers.local.settings import LocalSettings


def settings(**values: str) -> LocalSettings:
    return LocalSettings.model_validate({"plugin": "local", **values})


def test_every_setting_has_a_default() -> None:
    plain = settings()
    assert (plain.meet_url, plain.path) == ("https://meet.jit.si", "local.db")
    assert plain.jitsi_app_secret is None


@pytest.mark.parametrize(
    ("url", "normalized"),
    [
        ("https://meet.example.com/", "https://meet.example.com"),
        ("http://127.0.0.1:8443", "http://127.0.0.1:8443"),
        ("https://meet.example.com/tenant/", "https://meet.example.com/tenant"),
    ],
)
def test_an_address_has_no_trailing_slash(url: str, normalized: str) -> None:
    assert settings(meet_url=url).meet_url == normalized


@pytest.mark.parametrize(
    "wrong",
    [
        {"meet_url": "meet.example.com"},
        {"meet_url": "ftp://meet.example.com"},
        {"meet_url": "https://meet.example.com/?room=1"},
        {"meet_url": "https://meet.example.com/#room"},
        {"path": ""},
        {"jitsi_app_id": "", "jitsi_app_secret": "made-up"},
    ],
)
def test_an_invalid_value_is_refused_by_its_key(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        settings(**wrong)


@pytest.mark.parametrize("half", [{"jitsi_app_id": "switchboard"}, {"jitsi_app_secret": "made-up"}])
def test_app_id_and_secret_belong_together(half: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="set both or neither") as raised:
        settings(**half)
    assert "made-up" not in str(raised.value)


@pytest.mark.parametrize(("meet_url", "count"), [("https://meet.jit.si/", 1), ("https://meet.example.org", 0)])
def test_a_notice_says_that_the_public_server_asks_for_a_login(meet_url: str, count: int) -> None:
    notices = settings(meet_url=meet_url).notices("calls")
    assert [("log in" in each, "[providers.calls]" in each) for each in notices] == [(True, True)] * count


def test_the_secret_does_not_show() -> None:
    assert "made-up" not in repr(settings(jitsi_app_id="switchboard", jitsi_app_secret="made-up"))
