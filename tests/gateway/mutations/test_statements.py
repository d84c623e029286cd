"""Transactions and statements of a mutation: each transaction is an fsync."""

from tests.testkit.client import Client
from tests.testkit.statements import everybodys_statements

_ACCOUNT = "account { id phoneNumbers { number } }"


async def test_a_text_takes_three_transactions_and_nineteen_statements(client: Client) -> None:
    """At the embedded provider: the journal entry, the message at the recipient, the outcome."""
    ann, bob = [(await client.do("connectAccount", _ACCOUNT, provider="local"))["account"] for _ in range(2)]
    number, own = bob["phoneNumbers"][0]["number"], ann["phoneNumbers"][0]["number"]
    person = {"accountId": ann["id"], "firstName": "Bob", "lastName": "Baker", "number": number}
    contact = (await client.do("createContact", "contact { id }", **person))["contact"]["id"]
    begun = await client.do("createConversation", "conversation { id }", contactId=contact, fromNumber=own)
    text = {"conversationId": begun["conversation"]["id"], "text": "Hello"}
    await client.do("sendMessage", "message { id }", **text, idempotencyKey="first")

    with everybodys_statements() as sent:
        await client.do("sendMessage", "message { id }", **text, idempotencyKey="second")

    begins = [statement for statement in sent if statement.startswith("BEGIN")]
    assert len(begins) <= 3
    assert len(sent) - len(begins) <= 19, "\n".join(sent)
