import pytest

from tests.resolvers import example
from tests.resolvers.asking import answer
from tests.resolvers.backend import Backend

QUERY = "query($id: ID) { phoneNumbers(accountId: $id) { externalId number e164 owners account { id } } }"


def backend() -> Backend:
    numbers = [example.phone_number("n-1", "a-1"), example.phone_number("n-2", "a-2")]
    return Backend(entities=[example.account("a-1"), example.account("a-2"), *numbers])


async def test_the_numbers_of_all_accounts_are_listed() -> None:
    found = await answer(backend(), QUERY)

    assert found["phoneNumbers"][0] == {
        "externalId": "n-1",
        "number": "(202) 555-0101",
        "e164": "+12025550101",
        "owners": ["Ann"],
        "account": {"id": example.account("a-1").id},
    }
    assert len(found["phoneNumbers"]) == 2


async def test_the_numbers_of_one_account_are_listed() -> None:
    found = await answer(backend(), QUERY, id=example.account("a-2").id)

    assert [number["externalId"] for number in found["phoneNumbers"]] == ["n-2"]


@pytest.mark.parametrize("text", ["garbage", example.account("a-404").id, example.contact().id])
async def test_an_unknown_account_has_no_numbers(text: str) -> None:
    assert (await answer(backend(), QUERY, id=text))["phoneNumbers"] is None
