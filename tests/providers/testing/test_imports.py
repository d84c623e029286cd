"""Imports of providers.testing and providers.api."""

import os
import subprocess
import sys

import providers.api
from tests.testkit.forked import ROOT

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


def printed_by(program: str) -> str:
    result = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return result.stdout


def test_the_product_and_the_sandboxes_work_without_pytest() -> None:
    assert printed_by(PRODUCT) == "LocalProvider MedixcelProvider RingPlanProvider medixcel ringplan\n"


def test_the_api_imports_no_slow_library() -> None:
    assert printed_by(API) == "[]\n"


def test_every_name_of_the_api_exists() -> None:
    assert all(hasattr(providers.api, name) for name in providers.api.__all__)
    assert len(set(providers.api.__all__)) == len(providers.api.__all__)
