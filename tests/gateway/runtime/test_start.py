"""Imports of a gateway before it serves, and the memory that it then has."""

from pathlib import Path

import orjson
import pytest

from tests.testkit.interpreter import interpreted

SERVED = """
import asyncio, gc, sys
gc.disable()  # as the command does during its imports
from pathlib import Path
import gateway.commands.serve
from gateway.config import load_settings
from gateway.runtime.app import build_app
from gateway.runtime.garbage import freeze_start
from tests.testkit.memory import resident_memory

async def main():
    app = build_app(load_settings(Path(sys.argv[1])))
    async with app.router.lifespan_context(app):
        freeze_start()
        print(resident_memory(), gc.get_freeze_count(), *sys.modules)

asyncio.run(main())
"""

LATER = {
    "alembic": "the first start of a store",
    "asyncpg": "PostgreSQL",
    "cryptography": "the first encrypted value, or a JWT",
    "email_validator": "the first mail address",
    "httpx": "a call of a provider without pyreqwest",
    "icalendar": "the first invitation",
    "jwt": "a JWT",
    "mako": "Alembic",
    "phonenumbers": "the first phone number",
    "providers.medixcel.provider": "its configuration",
    "providers.ringplan.provider": "its configuration",
    "pyreqwest": "the first call of a provider",
    "pytest": "tests",
    "sqlalchemy": "a migration",
}
"""Modules by what they are imported for."""

MAX_RESIDENT_BYTES = 80_000_000
"""A start takes 73 MB, or 76 if structlog finds rich."""


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    path = tmp_path / "switchboard.toml"
    path.write_text(f'[store]\nurl = "sqlite:///{tmp_path}/s.db"\n[providers.local]\npath = "{tmp_path}/local.db"')
    return path


def started(configuration: Path) -> tuple[int, int, set[str]]:
    """The resident bytes, the number of frozen objects and the modules of a process that has just started to serve."""
    printed = interpreted(SERVED, str(configuration), folder=configuration.parent).stdout
    resident, frozen, *modules = printed.splitlines()[-1].split()
    return int(resident), int(frozen), set(modules)


def test_a_start_on_an_existing_store_imports_only_what_every_request_needs(configuration: Path) -> None:
    started(configuration)

    resident, frozen, modules = started(configuration)

    assert {name: LATER[name] for name in LATER if name in modules} == {}
    assert resident < MAX_RESIDENT_BYTES
    assert frozen > 100_000


@pytest.mark.parametrize("command", ["key", "rekey", "schema"])
def test_a_command_that_serves_nothing_imports_no_server(command: str) -> None:
    program = f"import sys, orjson, gateway.commands.{command}; print(orjson.dumps(list(sys.modules)).decode())"
    modules = orjson.loads(interpreted(program).stdout)
    assert {"gateway.mutations", "starlette", "uvicorn", "uvloop"} & set(modules) == set()
