"""Users who text each other, each with an account at the embedded provider."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

from tests.testkit.client import Client
from tests.testkit.token import token_of
from tests.testkit.world import Gateway


@dataclass(frozen=True, slots=True)
class Party:
    client: Client
    token: str
    account: str
    number: str

    async def conversation_with(self, number: str, first_name: str) -> str:
        """Return the id of a new conversation with a new contact."""
        person = {"firstName": first_name, "lastName": "Smith", "number": number}
        payload = await self.client.do("createContact", "contact { id }", accountId=self.account, **person)
        numbers = {"contactId": payload["contact"]["id"], "fromNumber": self.number}
        payload = await self.client.do("createConversation", "conversation { id }", **numbers)
        return str(payload["conversation"]["id"])

    async def conversations(self) -> list[str]:
        """Return the ids of the conversations."""
        data = await self.client.data("{ conversations { nodes { id } } }")
        return [each["id"] for each in data["conversations"]["nodes"]]

    async def texts(self) -> list[str]:
        """Return the texts of all messages, the newest first."""
        data = await self.client.data("{ messages(first: 100) { nodes { text } } }")
        return [each["text"] for each in data["messages"]["nodes"]]

    async def send(self, conversation: str, *texts: str) -> list[str]:
        """Return the ids of the messages."""
        sent = [
            await self.client.do("sendMessage", "message { id }", conversationId=conversation, text=text)
            for text in texts
        ]
        return [each["message"]["id"] for each in sent]

    async def read(self, conversation: str) -> None:
        """Mark the newest message as read."""
        document = "query ($id: ID!) { conversation(id: $id) { lastMessage { id } } }"
        data = await self.client.data(document, id=conversation)
        newest = data["conversation"]["lastMessage"]["id"]
        await self.client.do("markConversationRead", conversationId=conversation, upToMessageId=newest)

    async def rename(self, number: str, first_name: str, last_name: str) -> None:
        """Give the contact of this number a name."""
        document = "query ($number: String) { contacts(filter: { number: $number }) { nodes { id } } }"
        data = await self.client.data(document, number=number)
        (contact,) = data["contacts"]["nodes"]
        await self.client.do("updateContact", contactId=contact["id"], firstName=first_name, lastName=last_name)

    async def schedule(self, title: str, local_start: str) -> str:
        """Return the id of a meeting of half an hour in Vienna."""
        meeting = {"title": title, "localStartTime": local_start, "timeZone": "Europe/Vienna", "durationMinutes": 30}
        payload = await self.client.do("scheduleMeeting", "meeting { id }", accountId=self.account, **meeting)
        return str(payload["meeting"]["id"])


@asynccontextmanager
async def party(gateway: Gateway) -> AsyncIterator[Party]:
    """A new user with a new account."""
    token = token_of(uuid4().hex)
    async with gateway.client(token) as client:
        payload = await client.do("connectAccount", "account { id phoneNumbers { number } }", provider="local")
        account = payload["account"]
        yield Party(client, token, account["id"], account["phoneNumbers"][0]["number"])
