from dataclasses import replace
from datetime import timedelta

import pytest

from providers.domain.drafts import ConnectionRequest, UserDraft
from providers.domain.entities import Account, MeetingService
from providers.domain.errors import Conflict, InvalidInput, NotAuthorized, NotSupported, Rejected, Unavailable
from providers.ringplan import RingPlanProvider
from providers.ringplan.settings import RingPlanSettings
from providers.ringplan.tokens import ID_TOKEN, REFRESH_TOKEN
from providers.testing.core import ATTEMPT
from tests.providers.ringplan.bench import EMAIL, NOON, REGISTER_KEY, Bench

USER = UserDraft(first_name="Dora", last_name="Moor", email="dora@example.com", company="Moor", password="made up")
PENDING = Account(key="new", provider="ringplan", user_id="7")


async def test_a_registered_user_may_log_in(bench: Bench) -> None:
    await bench.provider.register_user(USER, ATTEMPT)
    assert bench.sandbox.directory.user_by_email("dora@example.com")


async def test_registering_sends_the_operators_key(bench: Bench) -> None:
    await bench.provider.register_user(USER, ATTEMPT)
    assert REGISTER_KEY in bench.login_calls[0].body
    assert '"pwd":"made up"' in bench.login_calls[0].body


async def test_a_missing_password_is_not_sent(bench: Bench) -> None:
    await bench.provider.register_user(replace(USER, password=None), ATTEMPT)
    assert "pwd" not in bench.login_calls[0].body


async def test_registering_twice_is_a_conflict(bench: Bench) -> None:
    await bench.provider.register_user(USER, ATTEMPT)
    with pytest.raises(Conflict, match="exists already"):
        await bench.provider.register_user(USER, ATTEMPT)


async def test_registering_needs_a_key(bench: Bench) -> None:
    keyless = RingPlanProvider(RingPlanSettings(plugin="ringplan"), bench.core)
    with pytest.raises(NotSupported, match="register_key"):
        await keyless.register_user(USER, ATTEMPT)


@pytest.mark.parametrize("status", [401, 403])
async def test_an_error_about_a_refused_key_does_not_contain_it(bench: Bench, status: int) -> None:
    bench.fail_login(status, '{"detail": "Key a made-up register key of made up is wrong"}')
    with pytest.raises(Rejected) as caught:
        await bench.provider.register_user(USER, ATTEMPT)
    assert caught.value.message == "Key [secret] of [secret] is wrong"


async def test_pasted_tokens_are_verified_by_a_call(bench: Bench) -> None:
    bench.sandbox.add_user(EMAIL)
    request = bench.request()
    grant = await bench.provider.connect_account(PENDING, request, ATTEMPT)
    assert bench.api_calls == ["GET /texting/numbers"]
    assert bench.login_calls == []
    assert (grant.credentials[ID_TOKEN], grant.credentials[REFRESH_TOKEN]) == (request.id_token, request.refresh_token)
    assert grant.service is MeetingService.JITSI


async def test_a_jwt_has_the_mail_address_and_the_expiry(bench: Bench) -> None:
    bench.sandbox.add_user(EMAIL)
    request = bench.request()
    bench.clock.time += timedelta(hours=1)
    grant = await bench.provider.connect_account(PENDING, request, ATTEMPT)
    assert grant.external_id == EMAIL
    assert grant.expires_at == NOON + timedelta(hours=336)


async def test_a_token_that_is_not_a_jwt_is_accepted(bench: Bench) -> None:
    bench.sandbox.add_user(EMAIL)
    bench.sandbox.directory.opaque = True
    grant = await bench.provider.connect_account(PENDING, bench.request(), ATTEMPT)
    assert grant.external_id is None
    assert grant.expires_at == NOON + timedelta(hours=336)


async def test_tokens_may_be_pasted_with_quotes_and_blanks(bench: Bench) -> None:
    bench.sandbox.add_user(EMAIL)
    request = bench.request()
    pasted = replace(request, id_token=f' "{request.id_token}"\n')
    assert (await bench.provider.connect_account(PENDING, pasted, ATTEMPT)).credentials[ID_TOKEN] == request.id_token


@pytest.mark.parametrize("bad", [None, "", "  ", "two words", "line\nbreak", "t\u00f6ken"])
@pytest.mark.parametrize(("name", "field"), [("id_token", "idToken"), ("refresh_token", "refreshToken")])
async def test_an_invalid_token_is_refused_without_a_call(bench: Bench, name: str, field: str, bad: str | None) -> None:
    request = ConnectionRequest(user_id="7", id_token="made.up", refresh_token="made-up")
    with pytest.raises(InvalidInput) as caught:
        await bench.provider.connect_account(PENDING, replace(request, **{name: bad}), ATTEMPT)  # type: ignore[arg-type]
    assert caught.value.path == ("input", field)
    assert bench.api_calls == []


@pytest.mark.parametrize("opaque", [False, True])
async def test_a_pasted_expired_id_token_is_renewed(bench: Bench, opaque: bool) -> None:
    bench.sandbox.add_user(EMAIL)
    bench.sandbox.directory.opaque = opaque
    request = bench.request()
    bench.clock.time += timedelta(hours=9)
    grant = await bench.provider.connect_account(PENDING, request, ATTEMPT)
    assert grant.credentials[ID_TOKEN] != request.id_token
    assert bench.sandbox.directory.refreshes == 1
    assert bench.sandbox.directory.user_by_token(grant.credentials[ID_TOKEN]).email == EMAIL


async def test_expired_tokens_do_not_connect(bench: Bench) -> None:
    bench.sandbox.add_user(EMAIL)
    request = bench.request()
    bench.clock.time += timedelta(hours=337)
    with pytest.raises(NotAuthorized):
        await bench.provider.connect_account(PENDING, request, ATTEMPT)


async def test_tokens_can_not_be_verified_while_ringplan_is_down(bench: Bench) -> None:
    bench.sandbox.add_user(EMAIL)
    bench.fail(503)
    with pytest.raises(Unavailable):
        await bench.provider.connect_account(PENDING, bench.request(), ATTEMPT)


async def test_an_account_is_refreshed_by_hand(bench: Bench) -> None:
    account = bench.account()
    before = bench.tokens.credentials[account.key]
    bench.clock.time += timedelta(hours=2)
    grant = await bench.provider.refresh_account(account, ATTEMPT)
    assert grant.expires_at == NOON + timedelta(hours=338)
    assert grant.external_id == EMAIL
    assert grant.credentials == {}
    assert bench.tokens.credentials[account.key][REFRESH_TOKEN] != before[REFRESH_TOKEN]
    assert bench.sandbox.directory.refreshes == 1


async def test_disconnecting_sends_nothing(bench: Bench) -> None:
    await bench.provider.disconnect_account(bench.account(), ATTEMPT)
    assert (bench.api_calls, bench.login_calls) == ([], [])


async def test_the_calendar_authorization_url_is_returned(bench: Bench) -> None:
    url = await bench.provider.calendar_authorization_url(bench.account())
    assert bench.api_calls == ["GET /meet/app/calendar/get-auth-url"]
    assert url.startswith(f"{bench.url}/ringplan/_sandbox/google?")
