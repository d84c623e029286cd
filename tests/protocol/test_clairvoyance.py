"""clairvoyance, which reconstructs a schema without introspection from the texts of errors."""

import json
import subprocess
import sys
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    build_schema,
)

from tests.testkit.forked import ROOT
from tests.testkit.server import serving

# It queries 64 fields at once, and takes words for fields if the error says that there are too many fields.
CLOSED = "[server]\nintrospection = false\nsuggestions = {}\n[limits]\nroot_fields = 64"
NOISE = ["user", "users", "password", "secret", "admin", "orders", "invoices", "IAmNoField"]
MISSPELT = ["viewe", "provider", "scops"]
GAVE_UP = "It is very likely that Field Suggestion is not fully enabled on this endpoint."

# `make` installs it beside all other packages, with which it can't be together.
_CLAIRVOYANCE = Path(sys.prefix, "clairvoyance", "bin", "clairvoyance")
_SECONDS = 60


def names() -> set[str]:
    """All names of the schema: of its types, and of their fields, arguments and values."""
    types = build_schema((ROOT / "schema.graphql").read_text()).type_map
    return {*types, *(name for each in types.values() for name in names_in(each))}


def names_in(type: GraphQLNamedType) -> set[str]:
    match type:
        case GraphQLObjectType() | GraphQLInterfaceType():
            return {*type.fields, *(name for field in type.fields.values() for name in field.args)}
        case GraphQLInputObjectType():
            return {*type.fields}
        case GraphQLEnumType():
            return {*type.values}
    return set()


def made_out(folder: Path, suggestions: bool, words: list[str]) -> tuple[dict[str, set[str]], str]:
    """The fields of each type that it finds with these words, and what it says meanwhile."""
    wordlist, found = folder / "words.txt", folder / "found.json"
    wordlist.write_text("\n".join(words))
    with serving(folder, CLOSED.format(json.dumps(suggestions))) as gateway:
        url = f"{gateway.url}/graphql"
        command: list[str | Path] = [_CLAIRVOYANCE, "--wordlist", wordlist, "--output", found, url]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_SECONDS, check=False)
    if not found.exists():
        return {}, done.stderr
    types = json.loads(found.read_text())["data"]["__schema"]["types"]
    return {each["name"]: {field["name"] for field in each.get("fields") or ()} for each in types}, done.stderr


def test_clairvoyance_finds_no_field_although_it_knows_all_names(tmp_path: Path) -> None:
    found, said = made_out(tmp_path, suggestions=False, words=sorted(names()) + NOISE)
    assert found == {}
    assert GAVE_UP in said


def test_clairvoyance_finds_fields_of_a_server_that_suggests_names(tmp_path: Path) -> None:
    found, _ = made_out(tmp_path, suggestions=True, words=MISSPELT + NOISE)
    assert {"viewer", "provider"} <= found["Query"]
    assert "scopes" in found["Viewer"]
