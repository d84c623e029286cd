"""The callback of M1, which can be forged."""

from datetime import UTC, datetime

import pytest

from providers.api.capabilities import Grant
from providers.domain.entities import Account, MeetingService
from providers.domain.errors import NotAuthorized, Rejected
from providers.medixcel.accounts import grant_from_callback

PENDING = Account(key="key", provider="connect", user_id="45", service=MeetingService.GOOGLE_MEET)
CALLBACK = {
    "status": "success",
    "iAccountId": "35",
    "expires_on": "2026-09-10 22:25:30",
    "connection_type": "2",
    "user_id": "45",
}


def test_a_success_grants_the_account_until_it_expires() -> None:
    assert grant_from_callback(PENDING, CALLBACK) == Grant(
        external_id="35",
        service=MeetingService.GOOGLE_MEET,
        expires_at=datetime(2026, 9, 10, 16, 55, 30, tzinfo=UTC),
    )


def test_the_account_is_named_in_both_spellings() -> None:
    callback = {("iAccountID" if name == "iAccountId" else name): value for name, value in CALLBACK.items()}
    assert grant_from_callback(PENDING, callback).external_id == "35"


@pytest.mark.parametrize("callback", [CALLBACK, {}, {"iAccountId": ""}])
def test_a_user_may_decline(callback: dict[str, str]) -> None:
    with pytest.raises(NotAuthorized, match="declined"):
        grant_from_callback(PENDING, {**callback, "status": "error"})


@pytest.mark.parametrize("status", ["success", "error"])
@pytest.mark.parametrize("change", [{"user_id": "46"}, {"connection_type": "1"}])
def test_another_users_or_services_callback_is_refused(change: dict[str, str], status: str) -> None:
    with pytest.raises(Rejected, match="another user or service"):
        grant_from_callback(PENDING, {**CALLBACK, **change, "status": status})


@pytest.mark.parametrize("missing", CALLBACK)
def test_an_incomplete_callback_is_refused(missing: str) -> None:
    with pytest.raises(Rejected, match="incomplete"):
        grant_from_callback(PENDING, {name: value for name, value in CALLBACK.items() if name != missing})


@pytest.mark.parametrize(
    "change",
    [{"iAccountId": "35 or so"}, {"iAccountId": "-1"}, {"expires_on": "in time"}, {"connection_type": "3"}],
)
def test_a_malformed_callback_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(Rejected, match="incomplete") as error:
        grant_from_callback(PENDING, {**CALLBACK, **change})
    assert error.value.provider == "connect"
