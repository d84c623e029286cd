"""Controls for testers that RingPlan does not have: pages for people, JSON for tests.

GET  /_sandbox/          page that lets messages arrive
POST /_sandbox/inbound   conversation_id, text, files (descriptions), times: that many numbered messages arrive
GET  /_sandbox/google    target of R18: asks whether RingPlan may write to the user's calendar
POST /_sandbox/google    state (the user's mail address), granted
POST /_sandbox/tokens    id_token_seconds, refresh_token_seconds (of tokens issued later), opaque (id_tokens that are
                         no JWTs), expire_id_tokens, expire_refresh_tokens (of those issued before)
GET  /_sandbox/state     counts of objects, of refreshed tokens and of tokens spent twice
"""

from collections.abc import Sequence
from datetime import timedelta
from html import escape

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from providers.ringplan.sandbox.answer import body_of, json_answer
from providers.ringplan.sandbox.directory import Directory
from providers.ringplan.sandbox.meetings import Meetings
from providers.ringplan.sandbox.page import is_browser, page
from providers.ringplan.sandbox.texting import Company, Row, Texting

_SHOWN = 10
"""The number of newest messages of a conversation on the page."""


class InboundBody(BaseModel):
    conversation_id: str
    text: str
    files: list[str] = []
    times: int = 1


class GrantBody(BaseModel):
    state: str
    granted: bool = True


class TokensBody(BaseModel):
    id_token_seconds: float | None = None
    refresh_token_seconds: float | None = None
    opaque: bool | None = None
    expire_id_tokens: bool = False
    expire_refresh_tokens: bool = False


class Desk:
    def __init__(self, directory: Directory, texting: Texting, meetings: Meetings) -> None:
        self._directory = directory
        self._texting = texting
        self._meetings = meetings

    def routes(self) -> list[Route]:
        return [
            Route("/_sandbox/", self._page),
            Route("/_sandbox/inbound", self._inbound, methods=["POST"]),
            Route("/_sandbox/google", self._ask),
            Route("/_sandbox/google", self._grant, methods=["POST"]),
            Route("/_sandbox/tokens", self._tokens, methods=["POST"]),
            Route("/_sandbox/state", self._state),
        ]

    async def _page(self, _: Request) -> Response:
        companies = self._texting.companies.values()
        sections = [
            _section(conversation, company.messages[conversation["id"]])
            for company in companies
            for conversation in company.conversations.values()
        ]
        empty = "<p>There is no conversation yet: <code>createConversation</code> begins one.</p>"
        return page("Messages for RingPlan's users", "".join(sections) or empty)

    async def _inbound(self, request: Request) -> Response:
        body = await body_of(request, InboundBody)
        texts = [body.text] if body.times == 1 else [f"{body.text} {number}" for number in range(1, body.times + 1)]
        messages = [self._texting.arrive(body.conversation_id, text, body.files) for text in texts]
        return RedirectResponse("./", 303) if is_browser(request) else json_answer(messages[-1], 201)

    async def _ask(self, request: Request) -> Response:
        email = escape(request.query_params.get("state", ""), quote=True)
        form = (
            f"<form method=post><p>RingPlan wants to write {email}'s meetings into their Google calendar.</p>"
            f"<input type=hidden name=state value='{email}'><button name=granted value=true>Allow</button> "
            "<button class=plain name=granted value=false>Don't allow</button></form>"
        )
        return page("May RingPlan write to your calendar?", form)

    async def _grant(self, request: Request) -> Response:
        body = await body_of(request, GrantBody)
        self._directory.user_by_email(body.state).may_write_calendar = body.granted
        if is_browser(request):
            return page("Thank you", f"<p>RingPlan may {'' if body.granted else 'not '}write to your calendar.</p>")
        return json_answer({"state": body.state, "granted": body.granted})

    async def _tokens(self, request: Request) -> Response:
        body, directory = await body_of(request, TokensBody), self._directory
        if body.id_token_seconds is not None:
            directory.id_token_lifetime = timedelta(seconds=body.id_token_seconds)
        if body.refresh_token_seconds is not None:
            directory.refresh_token_lifetime = timedelta(seconds=body.refresh_token_seconds)
        if body.opaque is not None:
            directory.opaque = body.opaque
        if body.expire_id_tokens:
            directory.expire_id_tokens()
        if body.expire_refresh_tokens:
            directory.expire_refresh_tokens()
        return Response(status_code=204)

    async def _state(self, _: Request) -> Response:
        companies = self._texting.companies.values()
        return json_answer(
            {
                "users": [*self._directory.users],
                "refreshes": self._directory.refreshes,
                "reuses": self._directory.reuses,
                "contacts": sum(len(company.contacts) for company in companies),
                "conversations": self._conversations(),
                "messages": sum(_message_count(company) for company in companies),
                "meetings": len(self._meetings.by_room),
            }
        )

    def _conversations(self) -> list[Row]:
        return [row for company in self._texting.companies.values() for row in company.conversations.values()]


def _message_count(company: Company) -> int:
    return sum(len(messages) for messages in company.messages.values())


def _section(conversation: Row, messages: Sequence[Row]) -> str:
    """Return a conversation as its contact sees it, with a form to reply."""
    contact = conversation["contact"]
    name = escape(f"{contact['first_name']} {contact['last_name']}")
    said = "".join(_said(message) for message in messages[-_SHOWN:])
    return (
        f"<section><h2>{name} ({contact['number']}) and {conversation['from_number']}</h2>{said}"
        f"<form method=post action=inbound><input type=hidden name=conversation_id value='{conversation['id']}'>"
        f"<input name=text required autocomplete=off aria-label='Text' placeholder='As {name}'>"
        "<button>Send</button></form></section>"
    )


def _said(message: Row) -> str:
    kind = message["direction"] + ("" if message["success"] else " failed")
    return f"<p class='said {kind}'>{escape(message['text'])}</p>"
