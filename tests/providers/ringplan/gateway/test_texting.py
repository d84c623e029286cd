"""R4 to R12: numbers, contacts, conversations and messages, read and written."""

import pytest

from tests.testkit.client import Client
from tests.testkit.clock import Ahead
from tests.testkit.ringplan import Person, RingPlan, connected
from tests.testkit.served import Served
from tests.testkit.steps import BEN, begun, external_id, met, number_of

NO_CACHE = {"cache-control": "no-cache"}
CONTACT = "contact { id externalId firstName lastName number e164 }"
MESSAGE = "message { id externalId direction status text from to createdAt media { externalId url description } }"
MESSAGES = """query ($id: ID!) { conversation(id: $id) {
    messages { nodes { id text direction status media { externalId url description } } } lastMessage { text } } }"""


async def test_the_numbers_of_an_account_are_listed(ada: Client, person: Person) -> None:
    account_id = await connected(ada, person)
    query = """query ($id: ID!) { account(id: $id) { phoneNumbers { id externalId number e164 owners account { id } } }
        phoneNumbers(accountId: $id) { id } }"""
    data = await ada.data(query, id=account_id)
    [number] = data["account"]["phoneNumbers"]
    assert number["owners"] == [person.email]
    assert (len(number["number"]), number["e164"]) == (10, f"+1{number['number']}")
    assert number["account"] == {"id": account_id}
    assert data["phoneNumbers"] == [{"id": number["id"]}]


async def test_a_contact_is_created_read_and_updated(ada: Client, ringplan: RingPlan, person: Person) -> None:
    account_id = await connected(ada, person)
    payload = await ada.do(
        "createContact",
        f"{CONTACT} created",
        accountId=account_id,
        firstName="Ben",
        lastName="Moor",
        number="(202) 555-0123",
    )
    made = payload["contact"]
    assert payload["created"]
    assert (made["number"], made["e164"]) == ("2025550123", BEN)
    changed = (await ada.do("updateContact", CONTACT, contactId=made["id"], lastName="Moore"))["contact"]
    assert changed == {**made, "lastName": "Moore"}
    [kept] = await ringplan.call(person, "GET", "/texting/contacts")
    assert (kept["first_name"], kept["last_name"], kept["number"]) == ("Ben", "Moore", "2025550123")
    query = "query ($id: ID!) { contact(id: $id) { lastName } contacts { nodes { id lastName } } }"
    data = await ada.data(query, NO_CACHE, id=made["id"])
    assert data["contact"] == {"lastName": "Moore"}
    assert data["contacts"]["nodes"] == [{"id": made["id"], "lastName": "Moore"}]


async def test_a_name_that_is_cleared_is_sent_empty(ada: Client, ringplan: RingPlan, person: Person) -> None:
    contact = await met(ada, await connected(ada, person))
    payload = await ada.do("updateContact", CONTACT, contactId=contact, clear=["LAST_NAME"])
    assert (payload["contact"]["firstName"], payload["contact"]["lastName"]) == ("Ben", None)
    [known] = await ringplan.call(person, "GET", "/texting/contacts")
    assert (known["first_name"], known["last_name"]) == ("Ben", "")
    data = await ada.data("{ contacts { nodes { lastName displayName } } }", NO_CACHE)
    assert data["contacts"]["nodes"] == [{"lastName": None, "displayName": "Ben"}]


async def test_a_known_number_creates_no_second_contact(ada: Client, person: Person) -> None:
    account_id = await connected(ada, person)
    first = await met(ada, account_id)
    payload = await ada.do(
        "createContact", f"{CONTACT} created", accountId=account_id, firstName="B", lastName="M", number=BEN
    )
    assert (payload["created"], payload["contact"]["id"]) == (False, first)
    assert payload["contact"]["firstName"] == "Ben"


async def test_an_update_of_one_field_preserves_concurrent_changes_of_others(
    ada: Client, ringplan: RingPlan, person: Person
) -> None:
    contact_id = await met(ada, await connected(ada, person))
    elsewhere = {"first_name": "Benjamin", "last_name": "Moor", "number": "2025550188"}
    await ringplan.call(person, "PUT", f"/texting/contacts/{external_id(contact_id)}", **elsewhere)
    changed = (await ada.do("updateContact", CONTACT, contactId=contact_id, lastName="Moore"))["contact"]
    assert (changed["firstName"], changed["lastName"], changed["number"]) == ("Benjamin", "Moore", "2025550188")


async def test_a_contact_deleted_upstream_is_not_found(ada: Client, ringplan: RingPlan, person: Person) -> None:
    contact_id = await met(ada, await connected(ada, person))
    await ringplan.fail(
        f"/texting/contacts/{external_id(contact_id)}", status=404, body='{"detail": "Contact not found"}'
    )
    [error] = await ada.refusals("updateContact", contactId=contact_id, lastName="Moore")
    assert (error["code"], error["message"]) == ("NOT_FOUND", "The provider no longer knows this contact.")


async def test_a_number_that_ringplan_does_not_serve_is_refused_without_a_call(
    ada: Client, ringplan: RingPlan, person: Person
) -> None:
    account_id = await connected(ada, person)
    async with ringplan.counted() as counted:
        [error] = await ada.refusals(
            "createContact", accountId=account_id, firstName="B", lastName="M", number="+49 30 1234567"
        )
    assert (error["code"], error["path"], counted.api) == ("INVALID_INPUT", ["input", "number"], [])


async def test_a_conversation_is_created_once(ada: Client, person: Person) -> None:
    account_id = await connected(ada, person)
    contact, number = await met(ada, account_id), await number_of(ada, account_id)
    selection = "conversation { id fromNumber contact { id } account { id } }"
    conversations = [
        (await ada.do("createConversation", selection, contactId=contact, fromNumber=number))["conversation"]
        for _ in range(2)
    ]
    assert conversations[0] == conversations[1]
    assert conversations[0]["contact"] == {"id": contact}
    assert conversations[0]["account"] == {"id": account_id}
    data = await ada.data("{ conversations { nodes { id } } contacts { nodes { conversations { nodes { id } } } } }")
    found = {"nodes": [{"id": conversations[0]["id"]}]}
    assert data == {"conversations": found, "contacts": {"nodes": [{"conversations": found}]}}


async def test_a_conversation_from_another_accounts_number_is_refused(ada: Client, person: Person) -> None:
    contact = await met(ada, await connected(ada, person))
    [error] = await ada.refusals("createConversation", contactId=contact, fromNumber="2025550111")
    assert (error["code"], error["provider"]) == ("REJECTED", "ringplan")
    assert error["message"] == "Number 2025550111 does not belong to your company"


async def test_a_text_and_pictures_are_sent(ada: Client, ringplan: RingPlan, person: Person) -> None:
    conversation = await begun(ada, await connected(ada, person))
    text = await ada.do("sendMessage", MESSAGE, conversationId=conversation, text=" Hello\nthere ")
    assert (text["message"]["status"], text["message"]["direction"]) == ("SENT", "OUTBOUND")
    assert (text["message"]["text"], text["message"]["to"]) == (" Hello\nthere ", "2025550123")
    urls = ["https://example.com/x-ray.png", "https://example.com/bill.pdf"]
    sent = await ada.do("sendMessage", MESSAGE, conversationId=conversation, text="See", mediaUrls=urls)
    assert [media["url"] for media in sent["message"]["media"]] == urls
    kept = await ringplan.call(person, "GET", f"/texting/conversations/{external_id(conversation)}/messages")
    assert [(message["text"], message["media_urls"]) for message in kept] == [("See", urls), (" Hello\nthere ", [])]
    listed = await ada.data(MESSAGES, NO_CACHE, id=conversation)
    assert [node["id"] for node in listed["conversation"]["messages"]["nodes"]] == [
        sent["message"]["id"],
        text["message"]["id"],
    ]


async def test_a_message_that_failed_is_rejected_and_listed(ada: Client, person: Person) -> None:
    conversation = await begun(ada, await connected(ada, person), number="2025550199")
    [error] = await ada.refusals("sendMessage", MESSAGE, conversationId=conversation, text="Hello")
    assert (error["code"], error["retryable"]) == ("REJECTED", False)
    for headers in ({}, NO_CACHE):
        [message] = (await ada.data(MESSAGES, headers, id=conversation))["conversation"]["messages"]["nodes"]
        assert (message["text"], message["status"]) == ("Hello", "FAILED")


async def test_a_received_message_has_its_files(ada: Client, ringplan: RingPlan, person: Person) -> None:
    conversation = await begun(ada, await connected(ada, person))
    await ringplan.arrive(external_id(conversation), "Look", files=["my foot"])
    data = (await ada.data(MESSAGES, id=conversation))["conversation"]
    [message] = data["messages"]["nodes"]
    assert (message["direction"], message["status"]) == ("INBOUND", "RECEIVED")
    [media] = message["media"]
    assert (media["description"], media["url"]) == ("my foot", None)
    assert media["externalId"]
    assert data["lastMessage"] == {"text": "Look"}
    read = await ada.data("query ($id: ID!) { message(id: $id) { text conversation { id } } }", id=message["id"])
    assert read["message"] == {"text": "Look", "conversation": {"id": conversation}}


async def test_messages_across_conversations_are_read_newest_first(
    ada: Client, ringplan: RingPlan, person: Person
) -> None:
    account_id = await connected(ada, person)
    conversations = [await begun(ada, account_id, f"202555012{index}", f"P{index}") for index in range(3)]
    for round_ in range(2):
        for index, conversation in enumerate(conversations):
            await ringplan.arrive(external_id(conversation), f"{round_}{index}")
    nodes = (await ada.data("{ messages { nodes { text } } }"))["messages"]["nodes"]
    assert [node["text"] for node in nodes] == ["12", "11", "10", "02", "01", "00"]


@pytest.mark.parametrize(("status", "code"), [(429, "RATE_LIMITED"), (500, "UNAVAILABLE"), (403, "NOT_AUTHORIZED")])
async def test_ringplans_failure_is_reported_and_logged(
    ada: Client, gateway: Served, ringplan: RingPlan, person: Person, status: int, code: str
) -> None:
    account_id = await connected(ada, person)
    body = '{"detail": "The texting office is on fire", "status": 0, "title": "Trouble", "type": "about:blank"}'
    await ringplan.fail("/texting/numbers", status=status, body=body, headers={"retry-after": "7"}, times=9)
    answer = await ada.ask("query ($id: ID!) { phoneNumbers(accountId: $id) { number } }", id=account_id)
    [error] = answer["errors"]
    assert (error["extensions"]["code"], error["extensions"]["provider"]) == (code, "ringplan")
    assert error["extensions"].get("retryAfterSeconds") == (7 if status == 429 else None)
    refusal = [event for event in gateway.log if event["event"] == "ringplan_call_refused"][-1]
    assert (refusal["status"], refusal["title"], refusal["detail"]) == (
        status,
        "Trouble",
        "The texting office is on fire",
    )


async def test_a_write_whose_answer_is_lost_may_have_been_done(ada: Client, ringplan: RingPlan, person: Person) -> None:
    conversation = await begun(ada, await connected(ada, person))
    await ringplan.fail(f"/texting/conversations/{external_id(conversation)}/messages", cut=True)
    [error] = await ada.refusals("sendMessage", conversationId=conversation, text="Hello", idempotencyKey="one")
    assert (error["code"], error["retryable"]) == ("OUTCOME_UNKNOWN", True)


async def test_recently_fetched_lists_are_not_fetched_again(
    ada: Client, ahead: Ahead, ringplan: RingPlan, person: Person
) -> None:
    account_id = await connected(ada, person)
    async with ringplan.counted() as counted:
        await number_of(ada, account_id)
        ahead.pass_by(seconds=299)
        await number_of(ada, account_id)
    assert counted.paths == ["GET /texting/numbers"]


async def test_an_update_of_all_fields_costs_one_call(ada: Client, ringplan: RingPlan, person: Person) -> None:
    contact_id = await met(ada, await connected(ada, person))
    whole = {"firstName": "Benjamin", "lastName": "Moore", "number": "2025550188"}
    async with ringplan.counted() as counted:
        await ada.do("updateContact", contactId=contact_id, **whole)
    assert counted.paths == [f"PUT /texting/contacts/{external_id(contact_id)}"]


def _rows(*texts: str) -> str:
    """R11's answer, newest first, of texts as they stand between quotes in JSON."""
    form = '{"id": "row-%d", "direction": "inbound", "text": "%s", "created_at": "2020-11-02T18:41:0%d"}'
    rows = [form % (number, text, number) for number, text in enumerate(texts)]
    return f"[{','.join(rows[::-1])}]"


async def test_a_message_with_a_lone_surrogate_is_listed_with_the_others(
    ada: Client, ringplan: RingPlan, person: Person
) -> None:
    conversation = await begun(ada, await connected(ada, person))
    path = f"/texting/conversations/{external_id(conversation)}/messages"
    await ringplan.fail(path, status=200, body=_rows("one", r"half \ud83d", r"n\u0000ul"))
    data = await ada.data(MESSAGES, NO_CACHE, id=conversation)
    assert [node["text"] for node in data["conversation"]["messages"]["nodes"]] == ["nul", "half \ufffd", "one"]
    for wanted in ("half \ufffd", "nul", "n\0ul"):
        search = "query ($text: String!) { messages(filter: { text: $text }) { totalCount } }"
        assert (await ada.data(search, text=wanted))["messages"] == {"totalCount": 1}


@pytest.mark.parametrize("unfit", [r"row\u0000", r"row\ud83d", r"row\n"])
async def test_an_object_with_an_ambiguous_id_is_unreadable(
    ada: Client, ringplan: RingPlan, person: Person, unfit: str
) -> None:
    conversation = await begun(ada, await connected(ada, person))
    path = f"/texting/conversations/{external_id(conversation)}/messages"
    await ringplan.fail(path, status=200, body=_rows("one"))
    assert (await ada.data(MESSAGES, NO_CACHE, id=conversation))["conversation"]["lastMessage"] == {"text": "one"}
    await ringplan.fail(path, status=200, body=_rows("one", "two").replace("row-1", unfit))
    answer = await ada.ask(MESSAGES, NO_CACHE, id=conversation)
    assert [each["code"] for each in answer["extensions"]["stale"]] == ["UNAVAILABLE"]
    assert answer["data"]["conversation"]["lastMessage"] == {"text": "one"}


INBOX = """{ conversations(orderBy: LAST_ACTIVITY_DESC) {
    nodes { id lastActivityAt unreadCount lastMessage { text createdAt } account { unreadConversations } } } }"""


async def test_an_inbox_is_in_the_order_of_messages_that_arrived_at_ringplan(
    ada: Client, ringplan: RingPlan, person: Person
) -> None:
    account_id = await connected(ada, person)
    quiet, busy = await begun(ada, account_id), await begun(ada, account_id, "+12025550124", "Ann")
    for conversation, text in ((busy, "First"), (quiet, "Second"), (busy, "Third")):
        await ringplan.arrive(external_id(conversation), text)
    nodes = (await ada.data(INBOX, NO_CACHE))["conversations"]["nodes"]
    assert [(each["id"], each["unreadCount"]) for each in nodes] == [(busy, 2), (quiet, 1)]
    assert [each["lastMessage"]["text"] for each in nodes] == ["Third", "Second"]
    assert all(each["lastActivityAt"] == each["lastMessage"]["createdAt"] for each in nodes)
    assert {each["account"]["unreadConversations"] for each in nodes} == {2}
