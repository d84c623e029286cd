from typing import Any

import pytest

from providers.domain.pages import PageRequest
from tests.resolvers import example
from tests.resolvers.asking import answer
from tests.resolvers.backend import Backend, page_of

OTHER = example.account("a-2").id


async def below_account(field: str, filter_type: str, value: object) -> tuple[Any, ...]:
    """Return the arguments with which a list below the account a-1 is read."""
    backend = Backend(entities=[example.account()])
    query = f"""
      query($id: ID!, $f: {filter_type}) {{
        account(id: $id) {{ {field}(first: 3, filter: $f) {{ nodes {{ id }} }} }}
      }}
    """
    await answer(backend, query, id=example.account().id, f=value)
    return backend.asked[0]


@pytest.mark.parametrize(
    ("field", "filter_type"),
    [("meetings", "MeetingFilter"), ("contacts", "ContactFilter"), ("conversations", "ConversationFilter")],
)
@pytest.mark.parametrize(
    ("value", "keys"),
    [
        (None, ("a-1",)),
        ({"accountIds": [OTHER, example.account().id]}, ("a-1",)),
        ({"accountIds": [OTHER]}, ()),
        ({"accountIds": []}, ()),
    ],
)
async def test_lists_of_an_account_have_only_its_objects(
    field: str, filter_type: str, value: object, keys: tuple[str, ...]
) -> None:
    name, criteria, request = await below_account(field, filter_type, value)

    assert name == field
    assert criteria.account_keys == keys
    assert request == PageRequest(limit=3)


async def test_an_account_has_its_attributes() -> None:
    backend = Backend(page=page_of([example.account()]))

    found = await answer(
        backend,
        "{ accounts { nodes { id externalId userId service status connectedAt expiresAt provider { name } } } }",
    )

    assert found["accounts"]["nodes"] == [
        {
            "id": example.account().id,
            "externalId": None,
            "userId": "u-1",
            "service": None,
            "status": "CONNECTED",
            "connectedAt": None,
            "expiresAt": None,
            "provider": {"name": "local"},
        }
    ]
