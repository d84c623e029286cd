"""An upstream that fails: every failure is an error that callers can act on, and tells no secret."""

import json
import logging
import traceback
from collections.abc import Awaitable, Callable
from datetime import timedelta
from urllib.parse import unquote_plus

import pytest

from providers.api.capabilities import MeetingQuery, MeetingReader, MeetingScheduler, NumberDirectory
from providers.domain.errors import OutcomeUnknown, ProviderError, RateLimited, RetryLater, Unavailable
from providers.testing.faults import Fault, SandboxFaults
from tests.providers.contracts.meeting import listed
from tests.providers.core import ATTEMPT
from tests.providers.harness import Harness

Operation = Callable[[], Awaitable[object]]

ALWAYS = 100
CLIENT_ERRORS = (400, 401, 403, 404, 405, 409, 410, 418, 422)
SERVER_ERRORS = (500, 502, 503, 504, 599)
NONSENSE = ("", "null", "{}", "<html>It works!</html>", '"', '{"data": 7}', "[[[]]]")
TOO_LONG = 0.8
"""Seconds: more than the harness's client waits."""


def read_of(harness: Harness) -> Operation:
    """A read that asks the upstream."""
    if isinstance(harness.provider, NumberDirectory):
        directory = harness.provider
        return lambda: directory.list_numbers(harness.account)
    reader = harness.able(MeetingReader)
    start = harness.core.now()
    query = MeetingQuery(
        accounts=(harness.account,), user_ids=(harness.account.user_id,), start=start, end=start + timedelta(hours=1)
    )
    return lambda: reader.list_meetings(reader.meeting_slices(query)[0])


def write_of(harness: Harness) -> Operation:
    """A write that asks the upstream."""
    scheduler = harness.able(MeetingScheduler)
    return lambda: scheduler.schedule_meeting(harness.account, harness.meeting_draft(), ATTEMPT)


def fail(harness: Harness, **fault: object) -> SandboxFaults:
    faults = harness.need_http()
    faults.reset()
    faults.add(Fault.model_validate({"times": ALWAYS, **fault}))
    return faults


class FailureContract:
    @pytest.mark.parametrize("status", CLIENT_ERRORS + SERVER_ERRORS)
    @pytest.mark.parametrize("operation_of", [read_of, write_of])
    async def test_every_error_status_is_an_error_to_act_on(
        self, harness: Harness, status: int, operation_of: Callable[[Harness], Operation]
    ) -> None:
        fail(harness, status=status, body="{}")
        with pytest.raises(RetryLater if status in SERVER_ERRORS else ProviderError) as raised:
            await operation_of(harness)()
        assert raised.value.message
        assert raised.value.provider in {None, harness.core.name}

    async def test_a_read_that_fails_did_nothing(self, harness: Harness) -> None:
        fail(harness, status=503)
        with pytest.raises(Unavailable):
            await read_of(harness)()

    @pytest.mark.parametrize("operation_of", [read_of, write_of])
    async def test_who_asks_too_often_learns_when_to_come_back(
        self, harness: Harness, operation_of: Callable[[Harness], Operation]
    ) -> None:
        fail(harness, status=429, headers={"Retry-After": "7"})
        with pytest.raises(RateLimited) as raised:
            await operation_of(harness)()
        assert raised.value.retry_after == 7

    @pytest.mark.parametrize("body", NONSENSE)
    async def test_a_read_answered_with_nonsense_says_so(self, harness: Harness, body: str) -> None:
        fail(harness, status=200, body=body, headers={"Content-Type": "application/json"})
        with pytest.raises(Unavailable):
            await read_of(harness)()

    @pytest.mark.parametrize("body", NONSENSE)
    async def test_a_write_answered_with_nonsense_may_have_been_done(self, harness: Harness, body: str) -> None:
        fail(harness, status=200, body=body, headers={"Content-Type": "application/json"})
        with pytest.raises(OutcomeUnknown):
            await write_of(harness)()

    async def test_a_read_that_takes_too_long_is_given_up(self, harness: Harness) -> None:
        fail(harness, delay=TOO_LONG)
        with pytest.raises(Unavailable):
            await read_of(harness)()

    async def test_a_write_that_takes_too_long_may_have_been_done(self, harness: Harness) -> None:
        fail(harness, delay=TOO_LONG, times=1)
        with pytest.raises(OutcomeUnknown):
            await write_of(harness)()

    async def test_a_write_whose_answer_is_lost_is_sent_once(self, harness: Harness) -> None:
        harness.able(MeetingReader)
        draft = harness.meeting_draft()
        before = await listed(harness, draft)
        faults = fail(harness, cut=True, times=1)
        with pytest.raises(OutcomeUnknown) as raised:
            await harness.able(MeetingScheduler).schedule_meeting(harness.account, draft, ATTEMPT)
        assert raised.value.ambiguous
        assert len(faults.calls) == 1
        assert len(await listed(harness, draft)) == len(before) + 1

    async def test_a_failure_passes(self, harness: Harness) -> None:
        fail(harness, status=500).reset()
        await read_of(harness)()

    @pytest.mark.parametrize("status", [200, 400, 403, 500])
    @pytest.mark.parametrize("operation_of", [read_of, write_of])
    async def test_no_secret_shows_in_errors_and_logs(
        self,
        harness: Harness,
        status: int,
        operation_of: Callable[[Harness], Operation],
        caplog: pytest.LogCaptureFixture,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """Not even where the upstream repeats what it was sent."""
        caplog.set_level(logging.DEBUG)
        faults = fail(harness, status=500)
        with pytest.raises(ProviderError):
            await operation_of(harness)()
        told = " ".join(_secrets_sent(harness, faults))
        fields = ("message", "msg", "error", "error_description", "detail", "title", "data")
        fail(harness, status=status, body=json.dumps(dict.fromkeys(fields, told)))
        with pytest.raises(ProviderError) as raised:
            await operation_of(harness)()
        shown = [str(raised.value), repr(raised.value), *traceback.format_exception(raised.value), caplog.text]
        _assert_untold(harness, "\n".join([*shown, *capsys.readouterr()]))

    async def test_no_secret_shows_when_all_is_well(
        self, harness: Harness, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
    ) -> None:
        caplog.set_level(logging.DEBUG)
        answers = [await read_of(harness)(), await write_of(harness)()]
        shown = [repr(answers), repr(harness.provider), repr(harness.account), caplog.text, *capsys.readouterr()]
        _assert_untold(harness, "\n".join(shown))


def _secrets_sent(harness: Harness, faults: SandboxFaults) -> list[str]:
    sent = "\n".join(part for call in faults.calls for part in (call.query, call.body, *call.headers.values()))
    return [secret for secret in harness.secrets if secret in sent or secret in unquote_plus(sent)]


def _assert_untold(harness: Harness, shown: str) -> None:
    assert [secret for secret in harness.secrets if secret in shown] == []
