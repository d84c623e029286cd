import asyncio
from dataclasses import replace

import orjson
import pytest

from providers.api.capabilities import MessagePage
from providers.api.unparsed import parsed
from providers.domain.drafts import MessageDraft
from providers.domain.entities import Account, Conversation, Media, MessageDirection, MessageStatus
from providers.domain.errors import InvalidInput, NotFound, Rejected
from providers.testing.core import ATTEMPT
from tests.providers.ringplan.bench import EMAIL, NOON, Bench, a_contact


async def test_numbers_are_returned_as_written_and_in_e164(bench: Bench) -> None:
    (number,) = (await bench.provider.list_numbers(bench.account())).parse()
    assert (number.number, number.e164, number.owners) == ("2025550100", "+12025550100", (EMAIL,))
    assert bench.api_calls == ["GET /texting/numbers"]


async def test_a_contact_is_made_with_ten_digits(bench: Bench) -> None:
    created = await bench.provider.create_contact(bench.account(), a_contact(), ATTEMPT)
    assert bench.last_fields == {"first_name": "Ben", "last_name": "Moor", "number": "2125550100"}
    assert created.created
    assert (created.entity.number, created.entity.e164) == ("2125550100", "+12125550100")
    assert created.entity.synced_at == NOON


async def test_an_existing_contact_is_returned_unchanged(bench: Bench) -> None:
    account = bench.account()
    first = await bench.provider.create_contact(account, a_contact(), ATTEMPT)
    second = await bench.provider.create_contact(account, a_contact(first_name="Benjamin"), ATTEMPT)
    assert not second.created
    assert second.entity == first.entity


async def test_a_number_of_another_country_is_refused_before_anything_is_sent(bench: Bench) -> None:
    account = bench.account()
    with pytest.raises(InvalidInput) as caught:
        await bench.provider.create_contact(account, a_contact("+4930123456"), ATTEMPT)
    assert caught.value.path == ("input", "number")
    assert bench.api_calls == []


async def test_contacts_come_from_one_call(bench: Bench) -> None:
    account = bench.account()
    contacts = [await bench.contact(account, f"+1212555010{line}") for line in range(3)]
    bench.forget_calls()
    assert [page.parse() async for page in bench.provider.list_contacts(account)] == [contacts]
    assert bench.api_calls == ["GET /texting/contacts"]


async def test_a_single_contact_is_fetched_by_its_id(bench: Bench) -> None:
    account = bench.account()
    contact = await bench.contact(account)
    bench.forget_calls()
    assert await bench.provider.get_contacts(account, [contact.external_id] * 2) == [contact] * 2
    assert bench.api_calls == [f"GET /texting/contacts/{contact.external_id}"]


async def test_many_contacts_come_from_the_list_in_order_with_gaps(bench: Bench) -> None:
    account = bench.account()
    one, two = await bench.contact(account), await bench.contact(account, "+12125550101")
    gone = "0" * 24
    bench.forget_calls()
    assert await bench.provider.get_contacts(account, [two.external_id, gone, one.external_id]) == [two, None, one]
    assert bench.api_calls == ["GET /texting/contacts", f"GET /texting/contacts/{gone}"]


async def test_contacts_missing_from_the_list_are_fetched_as_many_at_once_as_the_limit_allows(bench: Bench) -> None:
    account, limit = bench.account(), bench.core.http.traffic.concurrency
    bench.sandbox.api.reset()
    await bench.provider.get_contacts(account, [f"{number:024}" for number in range(2 * limit)])
    assert len(bench.api_calls) == 1 + 2 * limit
    assert limit / 2 < bench.sandbox.api.peak <= limit


@pytest.mark.parametrize("external_id", ["..", "../numbers", "a/b", "a?b", "", "%2e%2e"])
async def test_an_invalid_id_does_not_change_the_path(bench: Bench, external_id: str) -> None:
    account = bench.account()
    assert await bench.provider.get_contacts(account, [external_id]) == [None]
    assert bench.api_calls == []


async def test_a_contact_is_changed(bench: Bench) -> None:
    account = bench.account()
    contact = await bench.contact(account)
    changed = await bench.provider.update_contact(
        account, contact, a_contact("+12125550111", last_name="Lane"), ATTEMPT
    )
    assert (changed.external_id, changed.last_name, changed.number) == (contact.external_id, "Lane", "2125550111")
    assert bench.api_calls[-1] == f"PUT /texting/contacts/{contact.external_id}"


async def test_patch_is_used_after_put_was_refused(bench: Bench) -> None:
    account = bench.account()
    contact = await bench.contact(account)
    provider = bench.provider
    answer = orjson.dumps({"id": contact.external_id, "number": contact.number}).decode()
    bench.forget_calls()
    for status, body in ((405, ""), (200, answer), (200, answer)):
        bench.fail(status, body=body)
    for _ in range(2):
        await provider.update_contact(account, contact, a_contact(), ATTEMPT)
    assert [call.split()[0] for call in bench.api_calls] == ["PUT", "PATCH", "PATCH"]


async def test_updating_a_deleted_contact_is_not_found(bench: Bench) -> None:
    account = bench.account()
    contact = replace(await bench.contact(account), external_id="0" * 24)
    with pytest.raises(NotFound, match="Contact not found"):
        await bench.provider.update_contact(account, contact, a_contact(), ATTEMPT)


@pytest.mark.parametrize("written", ["2025550100", "(202) 555-0100", "+1 202 555 0100"])
async def test_a_conversation_can_start_from_a_number_in_any_format(bench: Bench, written: str) -> None:
    account = bench.account()
    contact = await bench.contact(account)
    created = await bench.provider.create_conversation(account, contact, written, ATTEMPT)
    assert bench.last_fields == {"contact_id": contact.external_id, "from_number": "2025550100"}
    assert created.created
    assert created.entity.contact_external_id == contact.external_id
    assert created.entity.from_number == "2025550100"


async def test_an_existing_conversation_is_not_reported_as_created(bench: Bench) -> None:
    account = bench.account()
    contact = await bench.contact(account)
    first = await bench.provider.create_conversation(account, contact, "2025550100", ATTEMPT)
    second = await bench.provider.create_conversation(account, contact, "2025550100", ATTEMPT)
    assert (second.entity, second.created) == (first.entity, False)


async def test_a_number_of_another_company_is_refused_with_ringplans_message_and_one_call(bench: Bench) -> None:
    account = bench.account()
    contact = await bench.contact(account)
    bench.forget_calls()
    with pytest.raises(Rejected, match="2025550142 does not belong to your company"):
        await bench.provider.create_conversation(account, contact, "2025550142", ATTEMPT)
    assert len(bench.api_calls) == 1


@pytest.mark.parametrize("written", ["", "nobody", "+4930123456", "555-0100"])
async def test_a_number_that_ringplan_can_not_represent_is_refused_without_a_call(bench: Bench, written: str) -> None:
    account = bench.account()
    contact = await bench.contact(account)
    bench.forget_calls()
    with pytest.raises(InvalidInput) as caught:
        await bench.provider.create_conversation(account, contact, written, ATTEMPT)
    assert caught.value.path == ("input", "fromNumber")
    assert bench.api_calls == []


async def test_conversations_come_from_one_call(bench: Bench) -> None:
    account = bench.account()
    conversations = [await bench.conversation(account, f"+1212555010{line}") for line in range(3)]
    bench.forget_calls()
    assert [page.parse() async for page in bench.provider.list_conversations(account)] == [conversations]
    assert bench.api_calls == ["GET /texting/conversations"]


async def test_a_text_is_sent(bench: Bench) -> None:
    account = bench.account()
    conversation = await bench.conversation(account)
    message = await bench.provider.send_message(account, conversation, MessageDraft(text="Hello"), ATTEMPT)
    assert bench.last_fields == {"text": "Hello"}
    assert (message.direction, message.status) == (MessageDirection.OUTBOUND, MessageStatus.SENT)
    assert (message.from_number, message.to_number) == ("2025550100", "2125550100")
    assert message.created_at == NOON
    assert message.conversation_external_id == conversation.external_id


async def test_media_is_sent_by_its_urls(bench: Bench) -> None:
    account = bench.account()
    conversation = await bench.conversation(account)
    url = "https://files.example.com/x-ray.png"
    message = await bench.provider.send_message(
        account, conversation, MessageDraft(text="Look", media_urls=(url,)), ATTEMPT
    )
    assert bench.last_fields == {"text": "Look", "media_urls": [url]}
    assert message.media == (Media(url=url),)


async def test_a_message_with_success_false_is_failed_in_the_list_as_well(bench: Bench) -> None:
    account = bench.account()
    conversation = await bench.conversation(account, "+12125550199")
    sent = await bench.provider.send_message(account, conversation, MessageDraft(text="Hello"), ATTEMPT)
    assert sent.status is MessageStatus.FAILED
    (page,) = await _read(bench, account, conversation)
    assert page.messages == (sent,)


async def test_an_inbound_message_has_its_files(bench: Bench) -> None:
    account = bench.account()
    conversation = await bench.conversation(account)
    bench.sandbox.texting.arrive(conversation.external_id, "Here", ["X-ray"])
    ((message,),) = [page.messages for page in await _read(bench, account, conversation)]
    assert (message.direction, message.status) == (MessageDirection.INBOUND, MessageStatus.RECEIVED)
    assert (message.from_number, message.to_number) == ("2125550100", "2025550100")
    (media,) = message.media
    assert media.external_id
    assert media.description == "X-ray"


@pytest.mark.parametrize(
    ("count", "sizes"), [(0, [0]), (1, [1]), (19, [19]), (20, [20, 0]), (21, [20, 1]), (45, [20, 20, 5])]
)
async def test_messages_come_newest_first_until_a_page_is_short(bench: Bench, count: int, sizes: list[int]) -> None:
    account = bench.account()
    conversation = await bench.conversation(account)
    _fill(bench, conversation, count)
    bench.forget_calls()
    pages = await _read(bench, account, conversation)
    assert [len(page.messages) for page in pages] == sizes
    assert [page.is_last for page in pages] == [False] * (len(sizes) - 1) + [True]
    assert [message.text for page in pages for message in page.messages] == [str(n) for n in reversed(range(count))]
    path = f"GET /texting/conversations/{conversation.external_id}/messages"
    assert bench.api_calls == [f"{path}?page={number}&per_page=20" for number in range(1, len(sizes) + 1)]


@pytest.mark.parametrize(("skip", "newest"), [(0, 44), (19, 44), (20, 24), (39, 24), (40, 4), (60, None)])
async def test_a_skip_never_omits_a_message(bench: Bench, skip: int, newest: int | None) -> None:
    account = bench.account()
    conversation = await bench.conversation(account)
    _fill(bench, conversation, 45)
    first = parsed(await anext(bench.provider.list_messages(account, conversation, skip)))
    assert [message.text for message in first.messages[:1]] == ([] if newest is None else [str(newest)])


async def test_the_first_page_of_a_long_conversation_costs_one_call(bench: Bench) -> None:
    account = bench.account()
    conversation = await bench.conversation(account)
    _fill(bench, conversation, 10_000)
    bench.forget_calls()
    page = parsed(await anext(bench.provider.list_messages(account, conversation)))
    assert len(page.messages) == 20
    assert len(bench.api_calls) == 1


async def test_paging_ends_if_the_service_ignores_the_page_number(bench: Bench) -> None:
    account = bench.account()
    conversation = await bench.conversation(account)
    _fill(bench, conversation, 20)
    page = orjson.dumps(bench.sandbox.texting.companies.popitem()[1].messages[conversation.external_id]).decode()
    bench.sandbox.texting.companies.clear()
    bench.fail(200, body=page, times=2)
    assert [len(page.messages) for page in await _read(bench, account, conversation)] == [20, 0]


async def test_twenty_conversations_with_contact_and_messages_cost_twenty_two_calls(bench: Bench) -> None:
    account = bench.account()
    for line in range(20):
        _fill(bench, await bench.conversation(account, f"+121255501{line:02}"), 5)
    bench.forget_calls()
    provider = bench.provider
    conversations = [each async for page in provider.list_conversations(account) for each in page.parse()]
    ids = [conversation.contact_external_id or "" for conversation in conversations]
    contacts = await provider.get_contacts(account, ids)
    pages = await asyncio.gather(*(_read(bench, account, conversation) for conversation in conversations))
    assert None not in contacts
    assert [len(page.messages) for (page,) in pages] == [5] * 20
    assert len(bench.api_calls) == 22


def _fill(bench: Bench, conversation: Conversation, count: int) -> None:
    for number in range(count):
        bench.sandbox.texting.arrive(conversation.external_id, str(number), [])


async def _read(bench: Bench, account: Account, conversation: Conversation) -> list[MessagePage]:
    return [parsed(page) async for page in bench.provider.list_messages(account, conversation)]
