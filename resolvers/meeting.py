"""Meetings: the type, its queries and its mutations."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry

from providers.domain import entities
from providers.domain.identity import object_key
from providers.domain.pages import PageRequest
from resolvers.connection import After, Before, Connection, Edge, First, Last, Listing, page_request
from resolvers.field import ACCOUNT, Info, OfAccount, ResolveInfo, batched, computed, edge, loaded, resolved
from resolvers.filter import MeetingFilter
from resolvers.invitation import Invitation
from resolvers.meeting_detail import SyncedAt, detail, detail_list, host_detail, local_time
from resolvers.meeting_input import CancelMeetingInput, RescheduleMeetingInput, ScheduleMeetingInput, StartMeetingInput
from resolvers.node import Node
from resolvers.provider import Provider, provider_of
from resolvers.scalar import TimeZone
from resolvers.strawberry_compat import describe_enum
from resolvers.user_error import USER_ERRORS, UserError, outcome


class MeetingOrder(Enum):
    START_TIME_ASC = "START_TIME_ASC"
    START_TIME_DESC = "START_TIME_DESC"

    @property
    def listing(self) -> str:
        """The name of the list in cursors."""
        return f"meetings.{self.value}"


describe_enum(
    MeetingOrder,
    "The order of a list of meetings.",
    {"START_TIME_ASC": "The earliest first.", "START_TIME_DESC": "The latest first."},
)

MeetingFilterArgument = Annotated[
    MeetingFilter | None,
    strawberry.argument(description="Which meetings to return; those of the next 31 days by default."),
]
MeetingOrderArgument = Annotated[
    MeetingOrder | None, strawberry.argument(description="The order of the meetings; the earliest first by default.")
]


@strawberry.type(description="A person who is invited to a meeting.")
class Participant:
    email: str = strawberry.field(description="The mail address for the invitation.")
    first_name: str | None = strawberry.field(description="The given name, if known.")
    last_name: str | None = strawberry.field(description="The family name, if known.")
    user_id: str | None = strawberry.field(
        description="The participant's id in the operator's system, if it was given."
    )
    response: entities.ParticipantResponse = strawberry.field(description="The response to the invitation.")


@strawberry.type(description="A phone number by which to join a meeting.")
class DialIn:
    number: str = strawberry.field(description="The number to call.")
    pin: str | None = strawberry.field(description="The PIN to enter.")
    region_code: str | None = strawberry.field(description="The country code of the number, such as AT.")


def _viewer_actions(
    meeting: entities.Meeting, account: entities.Account | None, info: ResolveInfo
) -> Sequence[entities.MeetingAction]:
    if account is None and meeting.account_key is not None:
        return ()  # the viewer may not see it, so mutations don't find it either
    return info.context.write.meeting_actions(meeting, account)


@strawberry.type(description="A video call.")
class Meeting(Node):
    account = loaded(
        lambda load: load.account_by_key,
        key=lambda meeting: meeting.account_key,
        type=ACCOUNT | None,
        description="The account that organises the meeting; null if the provider knows the user and the "
        "gateway has no account for them.",
    )
    provider = computed(provider_of, type=Provider, description="The provider of the meeting.")
    external_id: str = strawberry.field(
        description="The provider's id of the meeting: Medixcel's iMeetingID, RingPlan's _id."
    )
    uid = detail(
        "uid",
        str | None,
        "The iCalendar UID, which never changes: Medixcel's sMeetingUID, RingPlan's google_event_id.",
        never_changes=True,
    )
    service: entities.MeetingService = strawberry.field(description="The video-call service of the meeting.")
    kind: entities.MeetingKind = strawberry.field(description="How the meeting was created.")
    status = computed(
        lambda meeting, info: meeting.status_at(info.context.now()),
        type=entities.MeetingStatus,
        description="The state of the meeting at the time of the request.",
    )
    viewer_actions = batched(
        OfAccount(_viewer_actions),
        type=list[entities.MeetingAction],
        description="What the viewer can do with the meeting now. It depends on the viewer's scopes, the provider, the "
        "state of the account, and that of the meeting.",
    )
    title = detail("title", str | None, "The title.")
    description = detail("description", str | None, "The description.")
    start_time: datetime = strawberry.field(description="The start of the meeting.")
    end_time: datetime = strawberry.field(description="The end of the meeting.")
    local_start_time = local_time(
        "start_time", "The start as clocks in timeZone show it; null if the time zone isn't known."
    )
    local_end_time = local_time("end_time", "The end as clocks in timeZone show it; null if the time zone isn't known.")
    duration_minutes: int = strawberry.field(description="The duration in minutes, rounded up.")
    time_zone = detail("time_zone", TimeZone | None, "The organiser's time zone.")
    join_url: str = strawberry.field(description="The link with which participants join.")
    host_url = host_detail(
        "host_url",
        str | None,
        "The host's link, with its moderator token if it has one. Only for the account's user and "
        "for admin; null for others.",
    )
    room = detail("room", str | None, "The name of the room: RingPlan's meeting_id.")
    is_private: bool = strawberry.field(description="Whether a password protects the meeting.")
    password = host_detail(
        "password",
        str | None,
        "The meeting's password. Only for the account's user and for admin; null for others, or if "
        "the provider doesn't return it.",
    )
    organizer_email = detail("organizer_email", str | None, "The organiser's mail address.")
    participants = detail_list(
        "participants",
        list[Participant],
        "The invited people. While the provider is unavailable: those that are stored, or an empty list.",
    )
    dial_ins = detail_list(
        "dial_ins",
        list[DialIn],
        "Phone numbers to join by. While the provider is unavailable: those that are stored, or an empty list.",
    )
    icalendar = batched(
        Invitation("icalendar"),
        type=str | None,
        description="The invitation as an RFC 5545 VCALENDAR: the provider's own if it returns one. The "
        "invitation to a private meeting may contain the password, so only the account's user and "
        "admin see it.",
    )
    calendar_url = detail("calendar_url", str | None, "The page of the meeting in the organiser's calendar.")
    created_at = detail("created_at", datetime | None, "The time of creation.", never_changes=True)
    synced_at = batched(
        SyncedAt(), type=datetime, description="The time at which the gateway last read this from the provider."
    )


@strawberry.type
class MeetingQuery:
    @resolved(type=Meeting | None, description="A meeting by its id; null if it is unknown or belongs to another user.")
    async def meeting(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The meeting's id.")]
    ) -> entities.Meeting | None:
        key = object_key("Meeting", id)
        return None if key is None else await info.context.load.meeting_by_id.load(key)

    @resolved(
        type=Connection[Meeting] | None, description="The meetings of all accounts and providers.", null_is_error=True
    )
    async def meetings(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: MeetingFilterArgument = None,
        order_by: MeetingOrderArgument = MeetingOrder.START_TIME_ASC,
    ) -> Listing[entities.Meeting]:
        order = order_by or MeetingOrder.START_TIME_ASC
        return await read_meetings(info, order, filter, page_request(order.listing, first, after, last, before))


async def read_meetings(
    info: Info, order: MeetingOrder, filter: MeetingFilter | None, request: PageRequest, within: str | None = None
) -> Listing[entities.Meeting]:
    """Return a page of meetings of all accounts, or `within` the account of that key."""
    descending = order is MeetingOrder.START_TIME_DESC
    criteria = (filter or MeetingFilter()).criteria(info.context.now(), descending=descending, within=within)
    return Listing(order.listing, await info.context.read.meetings(criteria, request))


@strawberry.type
class MeetingPayload:
    meeting: entities.Meeting | None = strawberry.field(
        graphql_type=Meeting | None, description="The meeting after the mutation."
    )
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type
class NewMeetingPayload(MeetingPayload):
    meeting_edge = edge(
        MeetingOrder.START_TIME_ASC.listing,
        lambda load: load.meeting_position_by_id,
        node=lambda payload: payload.meeting,
        type=Edge[Meeting] | None,
        description="The meeting with its cursor in `meetings` in the order START_TIME_ASC.",
    )


@strawberry.type(description="The result of scheduleMeeting.")
class ScheduleMeetingPayload(NewMeetingPayload):
    pass


@strawberry.type(description="The result of startMeeting.")
class StartMeetingPayload(NewMeetingPayload):
    pass


@strawberry.type(description="The result of rescheduleMeeting.")
class RescheduleMeetingPayload(MeetingPayload):
    pass


@strawberry.type(description="The result of cancelMeeting.")
class CancelMeetingPayload(MeetingPayload):
    pass


@strawberry.type
class MeetingMutation:
    @resolved(type=ScheduleMeetingPayload, description="Schedule a meeting and invite its participants.")
    async def schedule_meeting(
        self, info: Info, input: Annotated[ScheduleMeetingInput, strawberry.argument(description="The meeting.")]
    ) -> ScheduleMeetingPayload:
        meeting, errors = await outcome(info.context.write.run(input.to_command()))
        return ScheduleMeetingPayload(meeting=meeting, user_errors=errors)

    @resolved(type=StartMeetingPayload, description="Start a meeting now (RingPlan: a history event).")
    async def start_meeting(
        self, info: Info, input: Annotated[StartMeetingInput, strawberry.argument(description="The meeting.")]
    ) -> StartMeetingPayload:
        meeting, errors = await outcome(info.context.write.run(input.to_command()))
        return StartMeetingPayload(meeting=meeting, user_errors=errors)

    @resolved(type=RescheduleMeetingPayload, description="Move a meeting to another time.")
    async def reschedule_meeting(
        self,
        info: Info,
        input: Annotated[RescheduleMeetingInput, strawberry.argument(description="The meeting and its new time.")],
    ) -> RescheduleMeetingPayload:
        meeting, errors = await outcome(info.context.write.run(input.to_command()))
        return RescheduleMeetingPayload(meeting=meeting, user_errors=errors)

    @resolved(type=CancelMeetingPayload, description="Cancel a meeting. Succeeds if it is cancelled already.")
    async def cancel_meeting(
        self, info: Info, input: Annotated[CancelMeetingInput, strawberry.argument(description="The meeting.")]
    ) -> CancelMeetingPayload:
        meeting, errors = await outcome(info.context.write.run(input.to_command()))
        return CancelMeetingPayload(meeting=meeting, user_errors=errors)
