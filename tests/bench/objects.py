"""Objects to query: 20 conversations of five messages each, and 100 meetings with three participants each."""

from datetime import UTC, datetime, timedelta

from tests.testkit.client import Client
from tests.testkit.steps import connected, conversation_with, met, number_of

CONVERSATIONS = 20
MESSAGES = 5
MEETINGS = 100


async def create_objects(url: str) -> str:
    """Create the objects for one account of the embedded provider, and return the id of one of its contacts."""
    async with Client(url) as client:
        account = await connected(client, "local")
        contacts = [await _converse(client, account, str(index)) for index in range(CONVERSATIONS)]
        for index in range(MEETINGS):
            await _schedule(client, account, index)
    return contacts[0]


async def _converse(client: Client, account: str, name: str) -> str:
    """The id of a new contact to whom five messages were sent."""
    other = await connected(client, "local")
    contact = await met(client, account, await number_of(client, other), name)
    conversation = await conversation_with(client, account, contact)
    for index in range(MESSAGES):
        await client.do("sendMessage", conversationId=conversation, text=f"Message {index}")
    return contact


async def _schedule(client: Client, account: str, index: int) -> None:
    await client.do(
        "scheduleMeeting",
        accountId=account,
        title=f"Meeting {index}",
        startTime=(datetime.now(UTC) + timedelta(hours=1 + index)).isoformat(),
        durationMinutes=30,
        participants=[{"email": f"person{number}@example.com", "firstName": "Person"} for number in range(3)],
    )
