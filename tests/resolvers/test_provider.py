from tests.resolvers.asking import answer
from tests.resolvers.world import World


async def test_configured_providers_are_listed() -> None:
    found = await answer(World(), "{ providers { name health capabilities } }")

    assert found["providers"] == [
        {"name": "local", "health": "AVAILABLE", "capabilities": ["LIST_MEETINGS", "SEND_MESSAGE"]}
    ]
