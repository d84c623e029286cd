import pytest

from providers.domain.commands import ConnectAccount, RegisterUser, StartMeeting, UpdateContact
from providers.domain.errors import NotFound
from resolvers.account import ConnectAccountInput, RegisterUserInput
from resolvers.meeting_input import StartMeetingInput
from tests.resolvers.asking import answer
from tests.resolvers.backend import Backend
from tests.resolvers.example_input import EXAMPLE_INPUTS, mutation


@pytest.mark.parametrize("name", EXAMPLE_INPUTS)
async def test_a_mutation_passes_on_its_input(name: str) -> None:
    sent, expected = EXAMPLE_INPUTS[name]
    backend = Backend(write_answer=NotFound("There is no such thing."))

    await answer(backend, mutation(name, "userErrors { code }"), i=sent)

    assert backend.written == [expected]


@pytest.mark.parametrize("more", [{}, {"firstName": None, "lastName": None, "number": None, "idempotencyKey": None}])
async def test_an_absent_field_and_null_both_become_none(more: dict[str, None]) -> None:
    backend = Backend(write_answer=NotFound("There is no such thing."))

    await answer(backend, mutation("updateContact", "userErrors { code }"), i={"contactId": "c", **more})

    [written] = backend.written
    assert written == UpdateContact(contact_id="c")


@pytest.mark.parametrize(
    "written",
    [
        RegisterUserInput(provider="p", first_name="a", last_name="b", email="e", company="c", password="sesame"),
        ConnectAccountInput(provider="p", id_token="sesame", refresh_token="sesame"),
        StartMeetingInput(account_id="a", title="t", password="sesame"),  # type: ignore[arg-type]
        RegisterUser(provider="p", first_name="a", last_name="b", email="e", company="c", password="sesame"),
        ConnectAccount(provider="p", id_token="sesame", refresh_token="sesame"),
        StartMeeting(account_id="a", title="t", password="sesame"),
    ],
    ids=lambda written: type(written).__name__,
)
def test_the_repr_of_an_input_omits_secrets(written: object) -> None:
    assert "sesame" not in repr(written)
