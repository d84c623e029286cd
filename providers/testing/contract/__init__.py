"""The contract kit: the tests that every plug-in passes.

A plug-in's test file subclasses the contract and supplies a `harness` on a real upstream, or its sandbox:

    class TestExample(ProviderContract):
        @pytest.fixture
        async def harness(self) -> AsyncIterator[Harness]:
            faults = SandboxFaults(example_sandbox())
            async with serve(faults) as url:
                core = make_core("example")
                make = lambda: ExampleProvider(ExampleSettings(plugin="example", api_url=url), core)
                provider = make()
                await provider.open()
                yield Harness(core=core, make=make, provider=provider, faults=faults, ...)
                await provider.aclose()
                await core.http.aclose()

`Harness` documents its fields. `LifecycleContract` is the first part: a new plug-in passes it before it has any
capability. Tests of capabilities that a plug-in lacks are skipped with the reason.

The tests are coroutines: run them with anyio's pytest plug-in in `anyio_mode = "auto"`.
"""

import pytest

# pytest explains failed asserts only in modules that are registered before their import.
pytest.register_assert_rewrite(
    *(
        f"{__name__}.{part}"
        for part in ("contact", "digest", "failure", "lifecycle", "meeting", "message", "model", "recovery", "token")
    )
)

from providers.testing.contract.harness import Harness  # noqa: E402
from providers.testing.contract.lifecycle import LifecycleContract  # noqa: E402
from providers.testing.contract.provider import ProviderContract  # noqa: E402

__all__ = ["Harness", "LifecycleContract", "ProviderContract"]
