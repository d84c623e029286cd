import pytest

from providers.domain.entities import Account, Contact, Conversation
from providers.domain.errors import InvalidInput, NotFound
from providers.local import LocalProvider
from providers.testing.core import ATTEMPT
from tests.providers.local.talk import contact_with, conversation_with, conversations, number_of


async def test_an_existing_conversation_is_not_created_again(
    provider: LocalProvider, ada: Account, to_ben: Conversation
) -> None:
    contact = Contact(
        account_key=ada.key,
        external_id=to_ben.contact_external_id or "",
        number="",
        e164=None,
        synced_at=to_ben.synced_at,
    )
    again = await provider.create_conversation(ada, contact, to_ben.from_number, ATTEMPT)
    assert not again.created
    assert again.entity.external_id == to_ben.external_id


async def test_an_accounts_number_may_be_written_in_any_format(provider: LocalProvider, ada: Account) -> None:
    contact = await contact_with(provider, ada, "+12025550111")
    assert (
        await provider.create_conversation(ada, contact, "(201) 555-0100", ATTEMPT)
    ).entity.from_number == "+12015550100"


async def test_a_conversation_from_another_accounts_number_is_refused(
    provider: LocalProvider, ada: Account, ben: Account
) -> None:
    contact = await contact_with(provider, ada, "+12025550111")
    for number in (await number_of(provider, ben), "+12025550111", "nonsense", ""):
        with pytest.raises(InvalidInput) as raised:
            await provider.create_conversation(ada, contact, number, ATTEMPT)
        assert raised.value.path == ("input", "fromNumber")
    assert await conversations(provider, ada) == []


async def test_a_conversation_with_another_accounts_contact_is_refused(
    provider: LocalProvider, ada: Account, ben: Account
) -> None:
    foreign = await contact_with(provider, ada, "+12025550111")
    with pytest.raises(NotFound):
        await provider.create_conversation(ben, foreign, await number_of(provider, ben), ATTEMPT)
    assert await conversations(provider, ben) == []


async def test_a_long_list_is_paged_without_gaps(provider: LocalProvider, ada: Account) -> None:
    made = [(await conversation_with(provider, ada, f"+1202556{n:04}")).external_id for n in range(501)]
    pages = [page async for page in provider.list_conversations(ada)]
    assert [len(page) for page in pages] == [500, 1]
    assert [conversation.external_id for page in pages for conversation in page] == made
