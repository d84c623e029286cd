"""M2 to M7 of the sandbox, and the form of its responses."""

from collections.abc import Awaitable, Callable

from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from providers.medixcel.sandbox.fields import Fields
from providers.medixcel.sandbox.objects import JsonObject, listed_meeting, meeting_object, meeting_summary, number
from providers.medixcel.sandbox.upstream import Refusal, SandboxMeeting, SandboxUpstream

Handler = Callable[[Fields], JsonObject]


class SandboxCalls:
    """The calls. M2 is served at the path of the document's table and at that of its sample."""

    def __init__(self, upstream: SandboxUpstream, client_key: str) -> None:
        self._upstream = upstream
        self._client_key = client_key

    @property
    def routes(self) -> list[Route]:
        handlers: dict[str, Handler] = {
            "set_up_meeting": self.set_up_meeting,
            "schedule_meeting": self.set_up_meeting,
            "get_meetings_of_client_for_date": self.get_meetings_of_client_for_date,
            "disconnect_user_account": self.disconnect_user_account,
            "get_meeting_details": self.get_meeting_details,
            "cancel_meeting": self.cancel_meeting,
            "reschedule_meeting": self.reschedule_meeting,
        }
        return [Route(f"/{name}", self._endpoint(handler), methods=["POST"]) for name, handler in handlers.items()]

    def set_up_meeting(self, fields: Fields) -> JsonObject:
        meeting = self._upstream.schedule(
            fields.number("video_call_provider_account_id"),
            fields.text("meeting_title"),
            fields.number("duration_in_minutes"),
            fields.participants(),
            fields.optional_moment("start_time"),
        )
        return {**self._described(meeting, bare_id=True), "request_recieved": fields.echo("set_up_meeting")}

    def get_meetings_of_client_for_date(self, fields: Fields) -> JsonObject:
        day = fields.day("date")
        meetings = self._upstream.meetings_on(day, fields.optional_text("user_id"))
        if not meetings and self._upstream.habits.empty_day == "204":
            raise Refusal(204, "Content not found")
        return {
            "meetings_for_date": day.isoformat(),
            "total_meetings": len(meetings),
            "meetings": [listed_meeting(meeting, self._upstream.habits) for meeting in meetings],
        }

    def disconnect_user_account(self, fields: Fields) -> JsonObject:
        account_id = fields.number("account_id")
        self._upstream.disconnect(account_id)
        name = "disconnected_user_account" if self._spells_as_examples else "disconnected_account_id"
        return {name: self._number(account_id)}

    def get_meeting_details(self, fields: Fields) -> JsonObject:
        return self._described(self._upstream.meeting(fields.number("meeting_id")))

    def cancel_meeting(self, fields: Fields) -> JsonObject:
        return {"cancelled_meeting_id": self._number(self._upstream.cancel(fields.number("meeting_id")).id)}

    def reschedule_meeting(self, fields: Fields) -> JsonObject:
        meeting_id, start_time = fields.number("meeting_id"), fields.moment("start_time")
        meeting = self._upstream.reschedule(meeting_id, start_time, fields.number("duration_in_minutes"))
        stale = self._described(meeting)
        if not self._upstream.habits.stays_stale:
            meeting.settle()
        return {
            "rescheduled_meeting_id": self._number(meeting_id),
            "request_recieved": fields.echo("reschedule_meeting"),
            **stale,
        }

    def _described(self, meeting: SandboxMeeting, *, bare_id: bool = False) -> JsonObject:
        return {
            "connection_type": self._number(meeting.account.connection_type),
            "meeting_summary": meeting_summary(meeting, self._upstream.habits, bare_id=bare_id),
            "meeting_object": meeting_object(meeting),
        }

    @property
    def _spells_as_examples(self) -> bool:
        return self._upstream.habits.spelling == "examples"

    def _number(self, value: int) -> JsonValue:
        return number(value, self._upstream.habits)

    def _endpoint(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                fields = await Fields.of(request)
                self._check_key(fields)
                output = handler(fields)
            except Refusal as refusal:
                return self._failed(refusal)
            return JSONResponse({"output": output, "response_status_code": self._number(200), "msg": "success"})

        return endpoint

    def _check_key(self, fields: Fields) -> None:
        if (key := fields.text("client_key")) != self._client_key:
            raise Refusal(400, f"Invalid client_key {key}")

    def _failed(self, refusal: Refusal) -> Response:
        style = self._upstream.habits.failures
        status = 200 if style == "body" else refusal.status
        if status == 204:
            return Response(status_code=204)
        code = {} if style == "http" else {"response_status_code": self._number(refusal.status)}
        return JSONResponse({"output": {}, **code, "msg": refusal.message}, status_code=status)
