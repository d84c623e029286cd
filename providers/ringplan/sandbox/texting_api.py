"""Endpoints of texting (R4 to R12)."""

from typing import Annotated

from pydantic import BaseModel, StringConstraints
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from providers.ringplan.sandbox.directory import Directory, User
from providers.ringplan.sandbox.responses import body_of, json_answer, page_of
from providers.ringplan.sandbox.texting import Texting

Number = Annotated[str, StringConstraints(pattern=r"^\d{10}$")]


class ContactBody(BaseModel):
    first_name: str
    last_name: str
    number: Number


class ConversationBody(BaseModel):
    contact_id: str
    from_number: Number


class MessageBody(BaseModel):
    text: str
    media_urls: list[str] = []


class TextingApi:
    def __init__(self, directory: Directory, texting: Texting) -> None:
        self._directory = directory
        self._texting = texting

    def routes(self) -> list[Route]:
        conversation = "/texting/conversations/{conversation_id}/messages"
        return [
            Route("/texting/numbers", self._numbers),
            Route("/texting/contacts", self._contacts),
            Route("/texting/contacts", self._create_contact, methods=["POST"]),
            Route("/texting/contacts/{contact_id}", self._contact),
            Route("/texting/contacts/{contact_id}", self._update_contact, methods=["PUT"]),
            Route("/texting/conversations", self._conversations),
            Route("/texting/conversations", self._create_conversation, methods=["POST"]),
            Route(conversation, self._messages),
            Route(conversation, self._send_message, methods=["POST"]),
        ]

    async def _numbers(self, request: Request) -> Response:
        return json_answer([*self._texting.of(self._user(request)).numbers.values()])

    async def _contacts(self, request: Request) -> Response:
        return json_answer([*self._texting.of(self._user(request)).contacts.values()])

    async def _create_contact(self, request: Request) -> Response:
        user = self._user(request)
        contact, created = self._texting.save_contact(user, (await body_of(request, ContactBody)).model_dump())
        return json_answer(contact, 201 if created else 200)

    async def _contact(self, request: Request) -> Response:
        return json_answer(self._texting.contact(self._user(request), request.path_params["contact_id"]))

    async def _update_contact(self, request: Request) -> Response:
        contact = self._texting.contact(self._user(request), request.path_params["contact_id"])
        contact.update((await body_of(request, ContactBody)).model_dump())
        return json_answer(contact)

    async def _conversations(self, request: Request) -> Response:
        return json_answer([*self._texting.of(self._user(request)).conversations.values()])

    async def _create_conversation(self, request: Request) -> Response:
        user = self._user(request)
        body = await body_of(request, ConversationBody)
        conversation, created = self._texting.save_conversation(user, body.contact_id, body.from_number)
        return json_answer(conversation, 201 if created else 200)

    async def _messages(self, request: Request) -> Response:
        user = self._user(request)
        conversation = self._texting.conversation(user, request.path_params["conversation_id"])
        messages = self._texting.of(user).messages[conversation["id"]]
        newest_first = page_of(range(len(messages) - 1, -1, -1), request)
        return json_answer([messages[place] for place in newest_first])

    async def _send_message(self, request: Request) -> Response:
        user = self._user(request)
        body = await body_of(request, MessageBody)
        return json_answer(
            self._texting.send(user, request.path_params["conversation_id"], body.text, body.media_urls), 201
        )

    def _user(self, request: Request) -> User:
        return self._directory.user_by_token(request.headers.get("authorization"))
