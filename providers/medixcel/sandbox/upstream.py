"""The state and the rules of the sandbox: one client, with accounts and meetings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict

from providers.medixcel.ist import IST, six_months_after
from providers.medixcel.wire import ConnectionType


class Refusal(Exception):
    """A documented failure: its status code and its `msg`."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Habits(BaseModel):
    """Choices for what the upstream's document leaves open.

    A failure's code is the HTTP status, `response_status_code` in an HTTP 200, or both. A day without meetings is a 204
    or an empty list. Ids are spelled as in the examples or the tables, numbers sent as strings or bare. With
    `stays_stale` a moved meeting is shown at its old time until `settle`; without, in M7's answer only.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    failures: Literal["http", "body", "both"] = "both"
    empty_day: Literal["204", "list"] = "204"
    spelling: Literal["examples", "tables"] = "examples"
    bare_numbers: bool = False
    stays_stale: bool = False


@dataclass(slots=True)
class SandboxClient:
    """`redirect_url` is the registered target of users' browsers after the consent."""

    key: str
    redirect_url: str


@dataclass(slots=True)
class SandboxAccount:
    id: int
    user_id: str
    connection_type: ConnectionType
    expires_on: datetime
    disconnected: bool = False


@dataclass(slots=True)
class SandboxParticipant:
    email: str
    name: str
    response: str = "needsAction"


@dataclass(slots=True)
class SandboxMeeting:
    """`shown_start` and `shown_minutes` are the times in responses, which may be stale."""

    id: int
    account: SandboxAccount
    title: str
    added_on: datetime
    start_time: datetime
    minutes: int
    participants: list[SandboxParticipant]
    instant: bool
    shown_start: datetime
    shown_minutes: int
    cancelled: bool = False

    def settle(self) -> None:
        self.shown_start, self.shown_minutes = self.start_time, self.minutes


@dataclass(slots=True)
class SandboxUpstream:
    """The state. `now` is its clock; `habits` may be changed at any time."""

    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    habits: Habits = field(default_factory=Habits)
    accounts: dict[int, SandboxAccount] = field(default_factory=dict)
    meetings: dict[int, SandboxMeeting] = field(default_factory=dict)

    def connect(self, user_id: str, connection_type: ConnectionType) -> SandboxAccount:
        """Connect a user's account of one type; return the same one while it is connected."""
        for account in self.accounts.values():
            if (account.user_id, account.connection_type) == (user_id, connection_type) and not account.disconnected:
                account.expires_on = self._expiry()
                return account
        account = SandboxAccount(35 + len(self.accounts), user_id, connection_type, self._expiry())
        self.accounts[account.id] = account
        return account

    def disconnect(self, account_id: int) -> None:
        self._connected(account_id).disconnected = True

    def schedule(
        self,
        account_id: int,
        title: str,
        minutes: int,
        participants: Sequence[SandboxParticipant],
        start_time: datetime | None = None,
    ) -> SandboxMeeting:
        account = self._connected(account_id)
        if account.expires_on <= self.now():
            raise Refusal(412, "Account connection has expired")
        account.expires_on = self._expiry()
        now = self.now().replace(microsecond=0)
        start = start_time or now
        meeting = SandboxMeeting(
            id=45 + len(self.meetings),
            account=account,
            title=title,
            added_on=now,
            start_time=start,
            minutes=minutes,
            participants=list(participants),
            instant=start_time is None,
            shown_start=start,
            shown_minutes=minutes,
        )
        self.meetings[meeting.id] = meeting
        return meeting

    def reschedule(self, meeting_id: int, start_time: datetime, minutes: int) -> SandboxMeeting:
        """Move the meeting and return it; it shows its old time until it is settled."""
        meeting = self._alive(meeting_id)
        meeting.start_time, meeting.minutes = start_time, minutes
        return meeting

    def cancel(self, meeting_id: int) -> SandboxMeeting:
        meeting = self._alive(meeting_id)
        meeting.cancelled = True
        return meeting

    def meeting(self, meeting_id: int) -> SandboxMeeting:
        if meeting_id not in self.meetings:
            raise Refusal(204, "Content not found")
        return self.meetings[meeting_id]

    def meetings_on(self, day: date, user_id: str | None) -> list[SandboxMeeting]:
        """Return the meetings that are shown to start on a day in India, without cancelled ones."""
        return [
            meeting
            for meeting in self.meetings.values()
            if meeting.shown_start.astimezone(IST).date() == day
            and user_id in {None, meeting.account.user_id}
            and not meeting.cancelled
        ]

    def forget(self) -> None:
        """Delete accounts and meetings, and reset the habits."""
        self.habits = Habits()
        self.accounts.clear()
        self.meetings.clear()

    def settle(self) -> None:
        """Show every meeting at its current time."""
        for meeting in self.meetings.values():
            meeting.settle()

    def _connected(self, account_id: int) -> SandboxAccount:
        account = self.accounts.get(account_id)
        if account is None or account.disconnected:
            raise Refusal(412, "Account is not connected")
        return account

    def _alive(self, meeting_id: int) -> SandboxMeeting:
        meeting = self.meeting(meeting_id)
        if meeting.cancelled:
            raise Refusal(412, "Meeting is cancelled")
        return meeting

    def _expiry(self) -> datetime:
        return six_months_after(self.now()).replace(microsecond=0)


def meeting_end(meeting: SandboxMeeting) -> datetime:
    """Return the end in responses, which may be stale."""
    return meeting.shown_start + timedelta(minutes=meeting.shown_minutes)
