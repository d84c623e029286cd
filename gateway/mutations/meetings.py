"""Meetings: schedule, start, reschedule, cancel."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self, TypeVar

from gateway.events.recorder import Record
from gateway.mutations.preconditions import MutationServices, Preconditions
from gateway.mutations.validation.fields import (
    MAX_DESCRIPTION,
    MAX_TITLE,
    Faults,
    limited_text,
    participants,
    password,
    required_text,
)
from gateway.mutations.validation.times import GivenStart, start_and_end
from gateway.mutations.write import Done, Write
from gateway.storage import Visibility
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
from providers.api.details import current
from providers.domain.capabilities import Capability
from providers.domain.commands import CancelMeeting, RescheduleMeeting, ScheduleMeeting, StartMeeting
from providers.domain.drafts import MeetingDraft
from providers.domain.entities import Account, AccountStatus, Meeting, MeetingAction, MeetingKind, MeetingStatus
from providers.domain.errors import Conflict, ProviderError
from providers.upstreams import Upstream

DEFAULT_DURATION = timedelta(minutes=60)
_DEFAULT_ZONE = "UTC"
C = TypeVar("C")

_UNCHANGEABLE = {
    MeetingStatus.CANCELLED: "The meeting is cancelled.",
    MeetingStatus.ENDED: "The meeting has ended.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingWrite(Write[Meeting]):
    services: MutationServices

    @staticmethod
    def result(done: Done) -> Meeting:
        return done.entity_of(Meeting)

    async def _put(self, record: Record, meeting: Meeting, superseding: Meeting | None = None) -> Done:
        meetings = self.services.store.meetings
        changes = await meetings.put(record.transaction, [meeting], superseding=superseding)
        record.announce_meetings(changes)
        (stored,) = await meetings.get_many(Visibility.unrestricted(), [meeting.key], record.transaction)
        return Done(entity=stored, is_new=any(change.is_new for change in changes))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMeetingWrite(MeetingWrite):
    creates: ClassVar[bool] = True
    kind: ClassVar[MeetingKind]
    account: Account
    draft: MeetingDraft
    upstream: Upstream

    @property
    def can_find(self) -> bool:
        return self.upstream.can(MeetingFinder) is not None

    async def find(self, lost: LostWrite) -> Meeting | None:
        finder = self.upstream.require(MeetingFinder)
        return await finder.find_meeting(self.account, self.draft, self.kind, lost)

    async def store(self, record: Record, result: Meeting) -> Done:
        await self._postpone_expiry(record)
        return await self._put(record, result)

    async def _postpone_expiry(self, record: Record) -> None:
        """Store the new expiry of an account that is renewed by use, unless it was disconnected during the call."""
        renewer, accounts = self.upstream.can(RenewedByUse), self.services.store.accounts
        (current,) = await accounts.get_many(Visibility.unrestricted(), [self.account.key], record.transaction)
        if renewer is None or current is None or current.status is not AccountStatus.CONNECTED:
            return
        renewed = replace(current, expires_at=renewer.renewed_expiry(current, record.at))
        await accounts.put(record.transaction, renewed)
        record.announce_accounts([renewed])


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleMeetingWrite(NewMeetingWrite):
    kind: ClassVar[MeetingKind] = MeetingKind.SCHEDULED
    scheduler: MeetingScheduler

    @classmethod
    async def prepare(cls, preconditions: Preconditions, command: ScheduleMeeting, now: datetime) -> Self:
        account = await preconditions.account(command.account_id)
        upstream = preconditions.upstream_of(account)
        scheduler = upstream.require(MeetingScheduler)
        faults = Faults()
        zone = faults.readable(command.time_zone, "timeZone")
        given = GivenStart(instant=command.start_time, local=command.local_start_time, zone=command.time_zone)
        start, end = start_and_end(faults, given, command.duration_minutes, command.end_time, now=now)
        draft = _draft(faults, upstream, command, zone=zone, start=start, end=end)
        preconditions.check_connected(account)
        return cls(
            services=preconditions.services,
            provider=account.provider,
            account_key=account.key,
            account=account,
            draft=draft,
            upstream=upstream,
            scheduler=scheduler,
        )

    async def call(self, attempt: str) -> Meeting:
        return await self.scheduler.schedule_meeting(self.account, self.draft, attempt)


@dataclass(frozen=True, slots=True, kw_only=True)
class StartMeetingWrite(NewMeetingWrite):
    kind: ClassVar[MeetingKind] = MeetingKind.INSTANT
    starter: InstantMeetings

    @classmethod
    async def prepare(cls, preconditions: Preconditions, command: StartMeeting, now: datetime) -> Self:
        account = await preconditions.account(command.account_id)
        upstream = preconditions.upstream_of(account)
        starter = upstream.require(InstantMeetings)
        faults = Faults()
        zone = faults.readable(command.time_zone, "timeZone")
        start, end = start_and_end(
            faults, GivenStart(instant=now), command.duration_minutes, None, now=now, otherwise=DEFAULT_DURATION
        )
        draft = _draft(faults, upstream, command, zone=zone, start=start, end=end)
        preconditions.check_connected(account)
        return cls(
            services=preconditions.services,
            provider=account.provider,
            account_key=account.key,
            account=account,
            draft=draft,
            upstream=upstream,
            starter=starter,
        )

    async def call(self, attempt: str) -> Meeting:
        return await self.starter.start_meeting(self.account, self.draft, attempt)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeMeetingWrite(MeetingWrite):
    """A change of `meeting`. Whether it took effect is seen from the meeting itself."""

    repeatable: ClassVar[bool] = True
    meeting: Meeting
    details: MeetingDetails | None

    @property
    def can_find(self) -> bool:
        return self.details is not None

    async def find(self, _: LostWrite) -> Meeting | None:
        if self.details is None:
            return None
        (found,) = await self.details.get_meetings([self.meeting])
        seen = current(found, self.meeting)
        if isinstance(seen, ProviderError):
            raise seen
        # Providers that forget cancelled meetings don't say why one is gone.
        seen = seen or replace(self.meeting, cancelled=True)
        return seen if self._has_effect(seen) else None

    async def store(self, record: Record, result: Meeting) -> Done:
        return await self._put(record, result, superseding=self.meeting)

    @abstractmethod
    def _has_effect(self, seen: Meeting) -> bool:
        """Whether the meeting, as the provider shows it, has the requested change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RescheduleMeetingWrite(ChangeMeetingWrite):
    start: datetime
    end: datetime
    rescheduler: MeetingRescheduler

    @classmethod
    async def prepare(cls, preconditions: Preconditions, command: RescheduleMeeting, now: datetime) -> Self:
        meeting = await preconditions.meeting(command.meeting_id)
        account = await _account_of(preconditions, meeting)
        rescheduler = able_to_change(MeetingRescheduler, preconditions, meeting, account, now)
        faults = Faults()
        faults.readable(command.time_zone, "timeZone")
        start, end = start_and_end(
            faults,
            GivenStart(
                instant=command.start_time,
                local=command.local_start_time,
                zone=command.time_zone or meeting.time_zone,
            ),
            command.duration_minutes,
            command.end_time,
            now=now,
            otherwise=meeting.end_time - meeting.start_time,
        )
        faults.raise_if_any()
        return cls(
            services=preconditions.services,
            provider=meeting.provider,
            account_key=meeting.account_key,
            meeting=meeting,
            details=preconditions.upstream_of(meeting).can(MeetingDetails),
            start=start,
            end=end,
            rescheduler=rescheduler,
        )

    async def call(self, attempt: str) -> Meeting:
        return await self.rescheduler.reschedule_meeting(self.meeting, self.start, self.end, attempt)

    def _has_effect(self, seen: Meeting) -> bool:
        # Upstreams return times in whole seconds and durations in whole minutes.
        requested = replace(seen, start_time=self.start, end_time=self.end)
        is_same_start = seen.start_time.replace(microsecond=0) == self.start.replace(microsecond=0)
        return is_same_start and seen.duration_minutes == requested.duration_minutes and not seen.cancelled


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelMeetingWrite(ChangeMeetingWrite):
    """Cancels a meeting once: a cancelled one causes no call, and a Conflict of the provider is no error."""

    canceller: MeetingCanceller

    @classmethod
    async def prepare(cls, preconditions: Preconditions, command: CancelMeeting, now: datetime) -> Self:
        meeting = await preconditions.meeting(command.meeting_id)
        upstream = preconditions.upstream_of(meeting)
        if meeting.cancelled:
            canceller = upstream.require(MeetingCanceller)
        else:
            account = await _account_of(preconditions, meeting)
            canceller = able_to_change(MeetingCanceller, preconditions, meeting, account, now)
        return cls(
            services=preconditions.services,
            provider=meeting.provider,
            account_key=meeting.account_key,
            meeting=meeting,
            details=upstream.can(MeetingDetails),
            canceller=canceller,
        )

    async def call(self, attempt: str) -> Meeting:
        if self.meeting.cancelled:
            return self.meeting
        try:
            return await self.canceller.cancel_meeting(self.meeting, attempt)
        except Conflict:
            return replace(self.meeting, cancelled=True)

    def _has_effect(self, seen: Meeting) -> bool:
        return seen.cancelled


CAPABILITIES: Mapping[MeetingAction, type[Any]] = {
    MeetingAction.RESCHEDULE: MeetingRescheduler,
    MeetingAction.CANCEL: MeetingCanceller,
}
"""The capabilities that actions on a meeting need."""


def able_to_change(
    capability: type[C], preconditions: Preconditions, meeting: Meeting, account: Account | None, now: datetime
) -> C:
    """Return the provider as one that has a capability to change the meeting.

    Raise the ProviderError with which every such mutation of the meeting and its account is refused now.
    """
    able = preconditions.upstream_of(meeting).require(capability)
    status = meeting.status_at(now)
    if status in _UNCHANGEABLE:
        raise Conflict(_UNCHANGEABLE[status], provider=meeting.provider)
    if account is not None:
        preconditions.check_connected(account)
    return able


async def _account_of(preconditions: Preconditions, meeting: Meeting) -> Account | None:
    return None if meeting.account_key is None else await preconditions.owner(meeting.account_key)


def _draft(
    faults: Faults,
    upstream: Upstream,
    command: ScheduleMeeting | StartMeeting,
    *,
    zone: str | None,
    start: datetime,
    end: datetime,
) -> MeetingDraft:
    """Return the draft of a meeting; raise all faults of the command."""
    draft = MeetingDraft(
        title=required_text(faults, command.title, MAX_TITLE, "title"),
        description=limited_text(faults, command.description, MAX_DESCRIPTION, "description") or None,
        start_time=start,
        end_time=end,
        time_zone=zone or _DEFAULT_ZONE,
        participants=participants(faults, command.participants),
        password=_password(faults, upstream, command.password),
    )
    faults.raise_if_any()
    return draft


def _password(faults: Faults, upstream: Upstream, given: str | None) -> str | None:
    if given is None or upstream.offers(Capability.PRIVATE_MEETING):
        return password(faults, given)
    faults.add_unsupported(f"{upstream.name} has no meetings with a password.", upstream.name, "password")
    return None
