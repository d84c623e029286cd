from tests.resolvers.asking import answer
from tests.resolvers.backend import Backend


async def test_the_viewer_learns_who_they_are() -> None:
    found = await answer(Backend(), "{ viewer { userId scopes } }")

    assert found["viewer"] == {"userId": "u-1", "scopes": ["read", "write"]}
