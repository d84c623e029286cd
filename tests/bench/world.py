"""Objects to query: 20 conversations of five messages each, and 100 meetings with three participants each."""

from datetime import UTC, datetime, timedelta

from tests.bench.client import Client

CONVERSATIONS = 20
MESSAGES = 5
MEETINGS = 100


def furnish(client: Client) -> str:
    """Create the objects for one account of the embedded provider, and return the id of one of its contacts."""
    account = _connect(client)
    contacts = [_converse(client, account, str(index)) for index in range(CONVERSATIONS)]
    for index in range(MEETINGS):
        _schedule(client, account["id"], index)
    return contacts[0]


def _connect(client: Client) -> dict[str, str]:
    selection = "account { id phoneNumbers { number } }"
    account = client.mutate("connectAccount", "ConnectAccountInput", selection, provider="local")["account"]
    return {"id": account["id"], "number": account["phoneNumbers"][0]["number"]}


def _converse(client: Client, account: dict[str, str], name: str) -> str:
    other = _connect(client)
    contact: str = client.mutate(
        "createContact",
        "CreateContactInput",
        "contact { id }",
        accountId=account["id"],
        firstName="Contact",
        lastName=name,
        number=other["number"],
    )["contact"]["id"]
    conversation = client.mutate(
        "createConversation",
        "CreateConversationInput",
        "conversation { id }",
        contactId=contact,
        fromNumber=account["number"],
    )["conversation"]["id"]
    for index in range(MESSAGES):
        client.mutate(
            "sendMessage", "SendMessageInput", "message { id }", conversationId=conversation, text=f"Message {index}"
        )
    return contact


def _schedule(client: Client, account_id: str, index: int) -> None:
    client.mutate(
        "scheduleMeeting",
        "ScheduleMeetingInput",
        "meeting { id }",
        accountId=account_id,
        title=f"Meeting {index}",
        startTime=(datetime.now(UTC) + timedelta(hours=1 + index)).isoformat(),
        durationMinutes=30,
        participants=[{"email": f"person{number}@example.com", "firstName": "Person"} for number in range(3)],
    )
