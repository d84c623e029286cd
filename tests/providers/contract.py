"""The contract kit: what every plug-in has to pass.

A plug-in joins with a test file `tests/providers/<plugin>/test_contract.py` of a few lines:

    class TestExample(ProviderContract):
        @pytest.fixture
        async def harness(self) -> AsyncIterator[Harness]:
            sandbox = SandboxFaults(example_sandbox())
            async with serve(sandbox) as url:
                core = make_core("example")
                make = lambda: ExampleProvider(ExampleSettings(plugin="example", api_url=url), core)
                provider = make()
                await provider.open()
                yield Harness(core=core, make=make, provider=provider, faults=sandbox, ...)
                await provider.aclose()
                await core.http.aclose()

`harness.Harness` says what else it takes; `core` and `server` help to make it. What a plug-in can't do is skipped, with
the reason. Nothing is patched: the upstream, or its sandbox, is real, and so are the sockets.
"""

from tests.providers.contracts.contact import ContactContract
from tests.providers.contracts.failure import FailureContract
from tests.providers.contracts.lifecycle import LifecycleContract
from tests.providers.contracts.lookup import LookupContract
from tests.providers.contracts.meeting import MeetingContract
from tests.providers.contracts.message import MessageContract
from tests.providers.contracts.token import TokenContract
from tests.providers.harness import Harness

__all__ = ["Harness", "ProviderContract"]


class ProviderContract(
    LifecycleContract,
    MeetingContract,
    ContactContract,
    MessageContract,
    LookupContract,
    FailureContract,
    TokenContract,
):
    """All parts of the contract. A plug-in's test class inherits it and has a fixture `harness`."""
