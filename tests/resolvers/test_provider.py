from tests.resolvers.asking import answer
from tests.resolvers.backend import Backend


async def test_configured_providers_are_listed() -> None:
    found = await answer(Backend(), "{ providers { name health capabilities } }")

    assert found["providers"] == [
        {"name": "local", "health": "AVAILABLE", "capabilities": ["LIST_MEETINGS", "SEND_MESSAGE"]}
    ]
