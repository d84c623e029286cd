"""Imports of providers.testing and providers.api."""

import providers.api
from tests.testkit.interpreter import interpreted

PRODUCT = """
import sys
sys.modules["pytest"] = None
import gateway.commands.new_provider, gateway.commands.sandbox, gateway.commands.serve, gateway.runtime.app
import providers.testing.core, providers.testing.server
from providers.registry import BUILT_IN, load_plugin, load_sandbox
print(*(load_plugin(name).__name__ for name in BUILT_IN), *filter(load_sandbox, BUILT_IN))
"""
API = """
import sys
import providers.api
print(sorted({"gateway", "icalendar", "phonenumbers", "sqlalchemy", "starlette", "strawberry"} & set(sys.modules)))
"""


def test_the_product_and_the_sandboxes_work_without_pytest() -> None:
    assert interpreted(PRODUCT).stdout == "LocalProvider MedixcelProvider RingPlanProvider medixcel ringplan\n"


def test_the_api_imports_no_slow_library() -> None:
    assert interpreted(API).stdout == "[]\n"


def test_every_name_of_the_api_exists() -> None:
    assert all(hasattr(providers.api, name) for name in providers.api.__all__)
    assert len(set(providers.api.__all__)) == len(providers.api.__all__)
