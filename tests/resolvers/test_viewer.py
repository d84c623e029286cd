from typing import Any

import pytest

from providers.domain.criteria import AccountCriteria
from tests.resolvers import example
from tests.resolvers.asking import answer
from tests.resolvers.backend import Backend, page_of


async def test_the_viewer_query_returns_the_user_and_the_scopes() -> None:
    found = await answer(Backend(), "{ viewer { userId scopes } }")

    assert found["viewer"] == {"userId": "u-1", "scopes": ["read", "write"]}


@pytest.mark.parametrize(
    ("filter", "user_ids"),
    [(None, ("u-1",)), ({"userIds": ["u-1", "u-2"]}, ("u-1",)), ({"userIds": ["u-2"]}, ())],
    ids=["all", "own among others", "others"],
)
async def test_the_viewer_s_accounts_are_their_own_also_for_an_admin(filter: Any, user_ids: tuple[str, ...]) -> None:
    backend = Backend(page=page_of([example.account()]))
    found = await answer(
        backend,
        "query ($filter: AccountFilter) { viewer { accounts(first: 1, filter: $filter) { nodes { id } } } }",
        context=backend.context(scopes=frozenset({"admin"})),
        filter=filter,
    )

    assert found["viewer"]["accounts"]["nodes"] == [{"id": example.account().id}]
    [(_, criteria, _)] = backend.asked
    assert criteria == AccountCriteria(user_ids=user_ids)
