from tests.resolvers.asking import answer
from tests.resolvers.world import World


async def test_the_viewer_learns_who_they_are() -> None:
    found = await answer(World(), "{ viewer { userId scopes } }")

    assert found["viewer"] == {"userId": "u-1", "scopes": ["read", "write"]}
