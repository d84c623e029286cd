import asyncio
from datetime import timedelta

import pytest

from providers.api.unparsed import parsed
from providers.domain.drafts import MessageDraft
from providers.domain.errors import NotAuthorized, RateLimited, Unavailable
from providers.ringplan.tokens import ID_TOKEN
from providers.testing.core import ATTEMPT
from tests.providers.ringplan.bench import NOON, Bench

HOURS = timedelta(hours=1)


async def test_the_token_is_sent_raw(bench: Bench) -> None:
    account = bench.account()
    await bench.provider.list_numbers(account)
    assert bench.sandbox.api.calls[0].headers["authorization"] == bench.tokens.credentials[account.key][ID_TOKEN]


async def test_a_valid_token_is_not_renewed(bench: Bench) -> None:
    account = bench.account()
    bench.clock.time += 8 * HOURS - timedelta(seconds=61)
    await bench.provider.list_numbers(account)
    assert bench.login_calls == []


async def test_a_token_is_renewed_a_minute_ahead(bench: Bench) -> None:
    account = bench.account()
    bench.clock.time += 8 * HOURS - timedelta(seconds=60)
    await bench.provider.list_numbers(account)
    assert len(bench.login_calls) == len(bench.api_calls) == 1
    assert bench.tokens.expires_at[account.key] == bench.clock() + 336 * HOURS


async def test_a_call_is_repeated_after_one_renewal_of_a_token_that_was_refused(bench: Bench) -> None:
    account = bench.account()
    bench.sandbox.directory.expire_id_tokens()
    assert len((await bench.provider.list_numbers(account)).parse()) == 1
    assert len(bench.login_calls) == 1
    assert len(bench.api_calls) == 2


@pytest.mark.parametrize("status", [400, 403])
async def test_an_expired_token_is_recognised_by_ringplans_message(bench: Bench, status: int) -> None:
    bench.fail(status, "Signature of the token has expired")
    await bench.provider.list_numbers(bench.account())
    assert bench.sandbox.directory.refreshes == 1


async def test_a_renewed_token_that_is_refused_is_not_renewed_again(bench: Bench) -> None:
    bench.fail(401, times=2)
    with pytest.raises(NotAuthorized):
        await bench.provider.list_numbers(bench.account())
    assert bench.sandbox.directory.refreshes == 1


async def test_a_write_with_an_expired_token_is_done_once(bench: Bench) -> None:
    account = bench.account()
    conversation = await bench.conversation(account)
    bench.sandbox.directory.expire_id_tokens()
    await bench.provider.send_message(account, conversation, MessageDraft(text="Hello"), ATTEMPT)
    pages = [page async for page in bench.provider.list_messages(account, conversation)]
    assert [message.text for page in pages for message in parsed(page).messages] == ["Hello"]


@pytest.mark.parametrize("hours", [0, 9])
async def test_twenty_callers_with_an_expired_token_renew_it_once(bench: Bench, hours: int) -> None:
    account = bench.account()
    bench.sandbox.directory.expire_id_tokens()
    bench.clock.time += hours * HOURS
    provider = bench.provider
    answers = await asyncio.gather(*(provider.list_numbers(account) for _ in range(20)))
    assert len(answers) == 20
    assert len(bench.login_calls) == 1
    assert bench.sandbox.directory.reuses == 0


async def test_a_rotated_token_is_never_spent_twice(bench: Bench) -> None:
    account, provider = bench.account(), bench.provider
    for _ in range(5):
        bench.clock.time += 9 * HOURS
        await asyncio.gather(
            *(provider.list_numbers(account) for _ in range(4)), provider.refresh_account(account, ATTEMPT)
        )
    spent = [call.query for call in bench.login_calls]
    assert len(spent) == len(set(spent)) >= 5
    assert bench.sandbox.directory.reuses == 0


async def test_an_account_is_not_authorized_when_both_tokens_are_invalid(bench: Bench) -> None:
    account = bench.account()
    bench.clock.time += 337 * HOURS
    for _ in range(2):
        with pytest.raises(NotAuthorized):
            await bench.provider.list_numbers(account)
    assert len(bench.login_calls) == 1
    assert bench.api_calls == []


@pytest.mark.parametrize(("status", "error"), [(429, RateLimited), (500, Unavailable), (503, Unavailable)])
async def test_a_login_that_fails_leaves_the_account_connected(
    bench: Bench, status: int, error: type[Exception]
) -> None:
    account = bench.account()
    bench.clock.time += 9 * HOURS
    bench.fail_login(status)
    with pytest.raises(error):
        await bench.provider.list_numbers(account)
    assert len((await bench.provider.list_numbers(account)).parse()) == 1
    assert bench.sandbox.directory.reuses == 0


async def test_the_last_minute_of_a_token_is_used_while_the_login_fails(bench: Bench) -> None:
    account = bench.account()
    bench.clock.time += 8 * HOURS - timedelta(seconds=30)
    bench.fail_login(503)
    assert len((await bench.provider.list_numbers(account)).parse()) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 200, "body": "<html>", "work": True},
        {"status": 200, "body": '{"id_token": "", "refresh_token": ""}', "work": True},
        {"status": 502},
        {"status": 200, "delay": 5, "work": True},
    ],
)
async def test_a_token_that_may_have_been_spent_is_not_spent_again(
    impatient_bench: Bench, fault: dict[str, object]
) -> None:
    bench = impatient_bench
    account = bench.account()
    bench.clock.time += 9 * HOURS
    bench.fail_login(**fault)  # type: ignore[arg-type]
    for _ in range(2):
        with pytest.raises(NotAuthorized):
            await bench.provider.list_numbers(account)
    assert len(bench.login_calls) == 1


async def test_a_token_without_an_expiry_is_assumed_to_last_eight_hours(bench: Bench) -> None:
    bench.sandbox.directory.opaque = True
    account = bench.account()
    bench.clock.time = NOON + 8 * HOURS
    await bench.provider.list_numbers(account)
    assert len(bench.login_calls) == 1
