"""Meetings: schedule, start, reschedule, cancel."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter

from gateway.events.recorder import Record
from gateway.mutations.operation import Done, Find, Write
from gateway.mutations.preconditions import Preconditions
from gateway.mutations.validation.faults import Faults
from gateway.mutations.validation.text import (
    MAX_DESCRIPTION,
    MAX_TITLE,
    limited_text,
    participants,
    password,
    required_text,
)
from gateway.mutations.validation.times import start_and_end
from gateway.storage import Store, Visibility
from providers.api.capabilities import (
    InstantMeetings,
    LostWrite,
    MeetingCanceller,
    MeetingDetails,
    MeetingFinder,
    MeetingRescheduler,
    MeetingScheduler,
    RenewedByUse,
)
from providers.domain.capabilities import Capability
from providers.domain.drafts import MeetingDraft
from providers.domain.entities import Account, AccountStatus, Meeting, MeetingKind
from providers.domain.errors import Conflict, NotSupported, ProviderError
from providers.upstreams import Upstream
from resolvers.inputs import CancelMeetingInput, RescheduleMeetingInput, ScheduleMeetingInput, StartMeetingInput

DEFAULT_DURATION = timedelta(minutes=60)
_DEFAULT_ZONE = "UTC"


@dataclass(frozen=True, slots=True)
class MeetingWrites:
    desk: Preconditions
    store: Store

    async def schedule(self, input: ScheduleMeetingInput, now: datetime) -> Write:
        account = await self.desk.account(input.account_id)
        upstream = self.desk.behind(account)
        scheduler = upstream.require(MeetingScheduler)
        faults = Faults()
        zone = faults.readable(input.time_zone, "timeZone")
        start, end = start_and_end(
            faults, input.start_time, input.duration_minutes, input.end_time, zone_name=zone, now=now
        )
        draft = _draft(faults, input, zone, start, end)
        faults.raise_if_any()
        _check_privacy(upstream, draft)
        self.desk.check_connected(account)
        return Write(
            provider=account.provider,
            account_key=account.key,
            act=partial(scheduler.schedule_meeting, account, draft),
            keep=partial(self._keep_new, upstream, account),
            find=_finder(upstream, account, draft, MeetingKind.SCHEDULED),
            makes_one=True,
        )

    async def start(self, input: StartMeetingInput, now: datetime) -> Write:
        account = await self.desk.account(input.account_id)
        upstream = self.desk.behind(account)
        starter = upstream.require(InstantMeetings)
        faults = Faults()
        zone = faults.readable(input.time_zone, "timeZone")
        start, end = start_and_end(
            faults, now, input.duration_minutes, None, zone_name=None, now=now, otherwise=DEFAULT_DURATION
        )
        draft = _draft(faults, input, zone, start, end)
        faults.raise_if_any()
        _check_privacy(upstream, draft)
        self.desk.check_connected(account)
        return Write(
            provider=account.provider,
            account_key=account.key,
            act=partial(starter.start_meeting, account, draft),
            keep=partial(self._keep_new, upstream, account),
            find=_finder(upstream, account, draft, MeetingKind.INSTANT),
            makes_one=True,
        )

    async def reschedule(self, input: RescheduleMeetingInput, now: datetime) -> Write:
        meeting = await self.desk.meeting(input.meeting_id)
        upstream = self.desk.behind(meeting)
        rescheduler = upstream.require(MeetingRescheduler)
        faults = Faults()
        start, end = start_and_end(
            faults,
            input.start_time,
            input.duration_minutes,
            input.end_time,
            zone_name=meeting.time_zone,
            now=now,
            otherwise=meeting.end_time - meeting.start_time,
        )
        faults.raise_if_any()
        if meeting.cancelled:
            raise Conflict("The meeting is cancelled.", provider=meeting.provider)
        await self._check_account(meeting)
        act = partial(rescheduler.reschedule_meeting, meeting, start, end)
        return Write(
            provider=meeting.provider,
            account_key=meeting.account_key,
            act=act,
            keep=partial(self._keep, superseding=meeting),
            find=_sight(upstream, meeting, partial(_is_at, start, end)),
            again=act,
        )

    async def cancel(self, input: CancelMeetingInput, _: datetime) -> Write:
        """A meeting that is cancelled stays so: neither is the provider asked again, nor is its Conflict an error."""
        meeting = await self.desk.meeting(input.meeting_id)
        upstream = self.desk.behind(meeting)
        canceller = upstream.require(MeetingCanceller)
        if not meeting.cancelled:
            await self._check_account(meeting)
        act = partial(_cancel, canceller, meeting)
        return Write(
            provider=meeting.provider,
            account_key=meeting.account_key,
            act=act,
            keep=partial(self._keep, superseding=meeting),
            find=_sight(upstream, meeting, attrgetter("cancelled")),
            again=act,
        )

    async def _check_account(self, meeting: Meeting) -> None:
        if meeting.account_key is not None:
            self.desk.check_connected(await self.desk.owner(meeting.account_key))

    async def _keep_new(self, upstream: Upstream, account: Account, record: Record, meeting: Meeting) -> Done:
        await self._renew(upstream, account, record)
        return await self._keep(record, meeting)

    async def _renew(self, upstream: Upstream, account: Account, record: Record) -> None:
        """The account has been used, which may put its end off; unless it was disconnected meanwhile."""
        renewer = upstream.can(RenewedByUse)
        (current,) = await self.store.accounts.get_many(Visibility.unrestricted(), [account.key], record.transaction)
        if renewer is None or current is None or current.status is not AccountStatus.CONNECTED:
            return
        renewed = replace(current, expires_at=renewer.renewed_expiry(current, record.at))
        await self.store.accounts.put(record.transaction, renewed)
        record.announce_accounts([renewed])

    async def _keep(self, record: Record, meeting: Meeting, superseding: Meeting | None = None) -> Done:
        changes = await self.store.meetings.put(record.transaction, [meeting], superseding=superseding)
        record.announce_meetings([change.entity for change in changes])
        key = (meeting.scope, meeting.external_id)
        (stored,) = await self.store.meetings.get_many(Visibility.unrestricted(), [key], record.transaction)
        return Done(entity=stored, is_new=any(change.is_new for change in changes))


async def _cancel(canceller: MeetingCanceller, meeting: Meeting, attempt: str) -> Meeting:
    if meeting.cancelled:
        return meeting
    try:
        return await canceller.cancel_meeting(meeting, attempt)
    except Conflict:
        return replace(meeting, cancelled=True)


def _finder(upstream: Upstream, account: Account, draft: MeetingDraft, kind: MeetingKind) -> Find | None:
    finder = upstream.can(MeetingFinder)
    return None if finder is None else partial(finder.find_meeting, account, draft, kind)


def _sight(upstream: Upstream, meeting: Meeting, is_done: Callable[[Meeting], bool]) -> Find | None:
    """Looks at the meeting itself. One that is gone is as good as cancelled."""
    details = upstream.can(MeetingDetails)
    if details is None:
        return None

    async def find(_: LostWrite) -> Meeting | None:
        (seen,) = await details.get_meetings([meeting])
        if isinstance(seen, ProviderError):
            raise seen
        seen = seen or replace(meeting, cancelled=True)
        return seen if is_done(seen) else None

    return find


def _is_at(start: datetime, end: datetime, meeting: Meeting) -> bool:
    """As far as upstreams tell times: in whole seconds, and durations in whole minutes."""
    asked = replace(meeting, start_time=start, end_time=end)
    is_same_start = meeting.start_time.replace(microsecond=0) == start.replace(microsecond=0)
    return is_same_start and meeting.duration_minutes == asked.duration_minutes and not meeting.cancelled


def _draft(
    faults: Faults, input: ScheduleMeetingInput | StartMeetingInput, zone: str | None, start: datetime, end: datetime
) -> MeetingDraft:
    return MeetingDraft(
        title=required_text(faults, input.title, MAX_TITLE, "title"),
        description=limited_text(faults, input.description, MAX_DESCRIPTION, "description") or None,
        start_time=start,
        end_time=end,
        time_zone=zone or _DEFAULT_ZONE,
        participants=participants(faults, input.participants),
        password=password(faults, input.password),
    )


def _check_privacy(upstream: Upstream, draft: MeetingDraft) -> None:
    if draft.password is not None and not upstream.offers(Capability.PRIVATE_MEETING):
        raise NotSupported(f"{upstream.name} has no meetings with a password.", provider=upstream.name)
