import pytest
from pydantic import ValidationError

from providers.medixcel.settings import MedixcelSettings

SETTINGS = {"plugin": "medixcel", "client_key": "made-up-key"}


def test_the_key_is_the_only_required_setting() -> None:
    settings = MedixcelSettings.model_validate(SETTINGS)
    assert settings.base_url == "https://services.medixcel.in/connect"
    assert settings.encoding == "json"
    assert settings.schedule_path == "set_up_meeting"


def test_the_key_is_not_in_the_repr() -> None:
    settings = MedixcelSettings.model_validate(SETTINGS)
    assert "made-up-key" not in f"{settings!r} {settings}"


def test_an_address_may_end_with_a_slash() -> None:
    settings = MedixcelSettings.model_validate({**SETTINGS, "base_url": "http://127.0.0.1:9000/connect/"})
    assert settings.base_url == "http://127.0.0.1:9000/connect"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("base_url", "services.medixcel.in"),
        ("base_url", "ftp://example.com"),
        ("client_key", ""),
        ("encoding", "xml"),
        ("schedule_path", "/etc"),
        ("schedule_path", "a?b"),
        ("colour", "red"),
    ],
)
def test_an_invalid_setting_is_named_without_its_value(name: str, value: str) -> None:
    with pytest.raises(ValidationError, match=name) as error:
        MedixcelSettings.model_validate({**SETTINGS, name: value})
    assert "made-up-key" not in str(error.value)
