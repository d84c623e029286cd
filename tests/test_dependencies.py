"""Dependencies in pyproject.toml: bounded, pinned within the bounds, and used."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator, Sequence
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from anyio.to_thread import run_sync
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from providers.http import Traffic
from providers.http.default_transport import default_transport
from providers.http.pyreqwest_transport import PyreqwestTransport
from tests.faults.hostile import whole
from tests.providers.http.raw import answering
from tests.testkit.forked import ROOT
from tests.testkit.interpreter import interpreted

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
DEPENDENCIES = PROJECT["project"]["dependencies"]
EXTRAS = PROJECT["project"]["optional-dependencies"]
INSTALLED = [*DEPENDENCIES, *EXTRAS["fast"], *EXTRAS["postgres"], *EXTRAS["sandbox"]]
EVERYTHING = [*INSTALLED, *EXTRAS["dev"], *PROJECT["build-system"]["requires"]]

USED_BY_LIBRARIES = {
    "httptools": "uvicorn's parser, by the name that gateway/runtime/server.py gives",
    "python-multipart": "Starlette's parser of forms",
    "tzdata": "the data of zoneinfo",
}

WITHOUT = "import sys; sys.modules[{missing!r}] = None; {program}"
CALL = """
import asyncio
from providers.http import HttpClient

async def main():
    client = HttpClient("example")
    answer = await client.call("GET", {url!r})
    await client.aclose()
    print(type(client._transport).__name__, answer.json())

asyncio.run(main())
"""


PRODUCT = ("gateway", "resolvers", "providers")


def imported(folders: Sequence[str]) -> Iterator[str]:
    """The top-level modules that are imported below the folders."""
    for folder in folders:
        for path in Path(ROOT, folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Import):
                    yield from (alias.name.partition(".")[0] for alias in node.names)
                elif isinstance(node, ast.ImportFrom):
                    yield (node.module or "").partition(".")[0]


def run_without(missing: str, program: str) -> "subprocess.CompletedProcess[str]":
    """A process in which a module can't be imported, as if it weren't installed."""
    return interpreted(WITHOUT.format(missing=missing, program=f"exec({program!r})"), check=False)


@pytest.mark.parametrize("line", EVERYTHING)
def test_a_dependency_has_a_lower_and_an_upper_bound(line: str) -> None:
    assert {each.operator for each in Requirement(line).specifier} == {">=", "<"}


@pytest.mark.parametrize("line", INSTALLED)
def test_the_pin_of_a_dependency_is_within_its_bounds(line: str) -> None:
    pins = (ROOT / ".ci" / "requirements.txt").read_text()
    wanted = Requirement(line)
    name = re.escape(canonicalize_name(wanted.name))
    pin = re.search(rf"^{name}==(\S+)", pins, re.MULTILINE)
    assert pin is not None
    assert wanted.specifier.contains(pin[1])


def distributions(folders: Sequence[str]) -> set[str]:
    """The distributions that the modules below the folders import."""
    known = packages_distributions()
    return {canonicalize_name(name) for module in imported(folders) for name in known.get(module, ())}


def names(lines: Sequence[str]) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in lines}


def test_every_dependency_is_used() -> None:
    assert names(INSTALLED) - distributions(PRODUCT) == set(USED_BY_LIBRARIES)


def test_every_library_that_is_imported_is_a_dependency() -> None:
    assert distributions([*PRODUCT, "tests"]) - names(EVERYTHING) == {PROJECT["project"]["name"]}


def test_calls_go_by_pyreqwest_where_it_is_installed() -> None:
    assert isinstance(default_transport(Traffic()), PyreqwestTransport)


async def test_calls_go_by_httpx_where_pyreqwest_is_not_installed() -> None:
    async with answering(whole(b'{"name": "Ada"}')) as url:
        done = await run_sync(run_without, "pyreqwest", CALL.format(url=url))
    assert (done.stdout, done.stderr) == ("HttpxTransport {'name': 'Ada'}\n", "")


def test_the_sandbox_says_what_it_needs() -> None:
    done = run_without("python_multipart", "from gateway.commands.cli import main; main(['sandbox', '--port', '0'])")
    assert done.returncode == 1
    assert done.stderr == "The sandbox needs python-multipart: install switchboard with its extra sandbox.\n"
