"""Failures of the upstream: each raises an error that callers can act on and that contains no secret."""

import json
import logging
import traceback
from collections.abc import Awaitable, Callable
from datetime import timedelta
from urllib.parse import unquote_plus

import pytest

from providers.api import (
    ContactCreator,
    MeetingQuery,
    MeetingReader,
    MeetingScheduler,
    NumberDirectory,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    RetryLater,
    Unavailable,
    parsed,
)
from providers.testing.contract.contact import numbers_listed
from providers.testing.contract.harness import Harness
from providers.testing.contract.meeting import listed
from providers.testing.core import ATTEMPT
from providers.testing.faults import Fault, SandboxFaults

Operation = Callable[[], Awaitable[object]]

ALWAYS = 100
CLIENT_ERRORS = (400, 401, 403, 404, 405, 409, 410, 418, 422)
SERVER_ERRORS = (500, 502, 503, 504, 599)
UNREADABLE = ("", "null", "{}", "<html>It works!</html>", '"', '{"data": 7}', "[[[]]]")
TOO_LONG = 0.8
"""Seconds, more than the timeout of the harness's client."""


def read_of(harness: Harness) -> Operation:
    """Return a read that calls the upstream."""
    if isinstance(harness.provider, NumberDirectory):
        return lambda: numbers_listed(harness)
    reader = harness.able(MeetingReader)
    start = harness.core.now()
    query = MeetingQuery(
        accounts=(harness.account,), user_ids=(harness.account.user_id,), start=start, end=start + timedelta(hours=1)
    )

    async def list_meetings() -> object:
        return parsed(await reader.list_meetings(reader.meeting_slices(query)[0]))

    return list_meetings


def write_of(harness: Harness) -> Operation:
    """Return a write that calls the upstream."""
    if isinstance(harness.provider, MeetingScheduler):
        scheduler = harness.provider
        return lambda: scheduler.schedule_meeting(harness.account, harness.meeting_draft(), ATTEMPT)
    creator = harness.able(ContactCreator)

    async def create() -> object:
        return await creator.create_contact(harness.account, await harness.contact_draft(), ATTEMPT)

    return create


def fail(harness: Harness, **fault: object) -> SandboxFaults:
    faults = harness.need_http()
    faults.reset()
    faults.add(Fault.model_validate({"times": ALWAYS, **fault}))
    return faults


class FailureContract:
    @pytest.mark.parametrize("status", CLIENT_ERRORS + SERVER_ERRORS)
    @pytest.mark.parametrize("operation_of", [read_of, write_of])
    async def test_every_error_status_raises_an_error_that_callers_can_act_on(
        self, harness: Harness, status: int, operation_of: Callable[[Harness], Operation]
    ) -> None:
        fail(harness, status=status, body="{}")
        with pytest.raises(RetryLater if status in SERVER_ERRORS else ProviderError) as raised:
            await operation_of(harness)()
        assert raised.value.message
        assert raised.value.provider in {None, harness.core.name}

    async def test_a_read_that_fails_raises_unavailable(self, harness: Harness) -> None:
        fail(harness, status=503)
        with pytest.raises(Unavailable):
            await read_of(harness)()

    @pytest.mark.parametrize("operation_of", [read_of, write_of])
    async def test_a_rate_limit_says_when_to_retry(
        self, harness: Harness, operation_of: Callable[[Harness], Operation]
    ) -> None:
        fail(harness, status=429, headers={"Retry-After": "7"})
        with pytest.raises(RateLimited) as raised:
            await operation_of(harness)()
        assert raised.value.retry_after == 7

    @pytest.mark.parametrize("body", UNREADABLE)
    async def test_a_read_with_an_unreadable_response_raises_unavailable(self, harness: Harness, body: str) -> None:
        fail(harness, status=200, body=body, headers={"Content-Type": "application/json"})
        with pytest.raises(Unavailable):
            await read_of(harness)()

    @pytest.mark.parametrize("body", UNREADABLE)
    async def test_a_write_with_an_unreadable_response_has_an_unknown_outcome(
        self, harness: Harness, body: str
    ) -> None:
        fail(harness, status=200, body=body, headers={"Content-Type": "application/json"})
        with pytest.raises(OutcomeUnknown):
            await write_of(harness)()

    async def test_a_read_that_times_out_raises_unavailable(self, harness: Harness) -> None:
        fail(harness, delay=TOO_LONG)
        with pytest.raises(Unavailable):
            await read_of(harness)()

    async def test_a_write_that_times_out_has_an_unknown_outcome(self, harness: Harness) -> None:
        fail(harness, delay=TOO_LONG, times=1)
        with pytest.raises(OutcomeUnknown):
            await write_of(harness)()

    async def test_a_write_without_a_response_is_sent_once(self, harness: Harness) -> None:
        harness.able(MeetingReader)
        draft = harness.meeting_draft()
        before = await listed(harness, draft)
        faults = fail(harness, cut=True, times=1)
        with pytest.raises(OutcomeUnknown) as raised:
            await harness.able(MeetingScheduler).schedule_meeting(harness.account, draft, ATTEMPT)
        assert raised.value.ambiguous
        assert len(faults.calls) == 1
        assert len(await listed(harness, draft)) == len(before) + 1

    async def test_a_read_succeeds_after_the_failure_is_over(self, harness: Harness) -> None:
        fail(harness, status=500).reset()
        await read_of(harness)()

    @pytest.mark.parametrize("status", [200, 400, 403, 500])
    @pytest.mark.parametrize("operation_of", [read_of, write_of])
    async def test_no_secret_appears_in_errors_and_logs(
        self,
        harness: Harness,
        status: int,
        operation_of: Callable[[Harness], Operation],
        caplog: pytest.LogCaptureFixture,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """Not even if the upstream repeats the request in its response."""
        caplog.set_level(logging.DEBUG)
        faults = fail(harness, status=500)
        with pytest.raises(ProviderError):
            await operation_of(harness)()
        repeated = " ".join(_secrets_sent(harness, faults))
        fields = ("message", "msg", "error", "error_description", "detail", "title", "data")
        fail(harness, status=status, body=json.dumps(dict.fromkeys(fields, repeated)))
        with pytest.raises(ProviderError) as raised:
            await operation_of(harness)()
        shown = [str(raised.value), repr(raised.value), *traceback.format_exception(raised.value), caplog.text]
        _assert_no_secret(harness, "\n".join([*shown, *capsys.readouterr()]))

    async def test_no_secret_appears_when_calls_succeed(
        self, harness: Harness, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
    ) -> None:
        caplog.set_level(logging.DEBUG)
        answers = [await read_of(harness)(), await write_of(harness)()]
        shown = [repr(answers), repr(harness.provider), repr(harness.account), caplog.text, *capsys.readouterr()]
        _assert_no_secret(harness, "\n".join(shown))


def _secrets_sent(harness: Harness, faults: SandboxFaults) -> list[str]:
    sent = "\n".join(part for call in faults.calls for part in (call.query, call.body, *call.headers.values()))
    return [secret for secret in harness.secrets if secret in sent or secret in unquote_plus(sent)]


def _assert_no_secret(harness: Harness, shown: str) -> None:
    assert [secret for secret in harness.secrets if secret in shown] == []
