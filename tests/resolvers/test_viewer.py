from tests.resolvers.asking import answer
from tests.resolvers.backend import Backend


async def test_the_viewer_query_returns_the_user_and_the_scopes() -> None:
    found = await answer(Backend(), "{ viewer { userId scopes } }")

    assert found["viewer"] == {"userId": "u-1", "scopes": ["read", "write"]}
