"""Compilers and caches of other front-ends, on the schema and the app's operations."""

import json
import re
import shutil
from pathlib import Path

import pytest
from graphql import GraphQLObjectType, build_schema

from tests.clients.app import GENERATED, PROJECT
from tests.testkit.forked import ROOT
from tests.testkit.node import needs_node
from tests.testkit.server import serving

pytestmark = needs_node

SCHEMA = ROOT / "schema.graphql"
ROOTS = {"Query", "Mutation", "Subscription"}
EMBEDDED = ("Connection", "Edge", "PageInfo", "Payload")  # Graphcache warns of none of these
KEY = re.compile(r"^ +(\w+): \(\) => null,$", re.MULTILINE)


@pytest.fixture(scope="module", autouse=True)
def packages() -> None:
    PROJECT.install()


def test_the_lock_file_names_no_registry() -> None:
    assert "resolved" not in (PROJECT.folder / "package-lock.json").read_text()


def test_every_scalar_of_the_app_has_a_type(app: Path) -> None:
    types = GENERATED.read_text()
    assert ": any" not in types
    assert "localStartTime?: string | null" in types


def test_relays_compiler_accepts_connections_refetches_and_insertions(tmp_path: Path) -> None:
    sources, configuration = tmp_path / "src", tmp_path / "relay.config.json"
    shutil.copytree(PROJECT.folder / "relay", sources)
    configuration.write_text(json.dumps({"src": str(sources), "schema": str(SCHEMA), "language": "typescript"}))

    PROJECT.run("node", "node_modules/relay-compiler/cli.js", str(configuration))

    compiled = {path.name.partition(".")[0] for path in (sources / "__generated__").iterdir()}
    assert {"inboxQuery", "threadQuery", "calendarQuery", "searchQuery"} <= compiled


def test_graphcache_warns_of_nothing(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        warnings = PROJECT.run("node", "graphcache.mjs", str(SCHEMA), f"{server.url}/graphql")
    assert json.loads(warnings) == []


def test_the_documented_keys_are_all_types_without_an_id() -> None:
    types = build_schema(SCHEMA.read_text()).type_map.values()
    objects = {each.name for each in types if isinstance(each, GraphQLObjectType) and "id" not in each.fields}
    parts = {name for name in objects if not name.startswith("__") and not name.endswith(EMBEDDED)} - ROOTS
    assert set(KEY.findall((ROOT / "docs" / "clients.md").read_text())) == parts
    assert set(KEY.findall((PROJECT.folder / "graphcache.mjs").read_text())) == parts
