"""Clients and compilers from npm, one Node process for all of a kind."""

import pytest

from tests.protocol.packages import PACKAGES
from tests.testkit.forked import ROOT
from tests.testkit.node import needs_node
from tests.testkit.server import Server

pytestmark = needs_node

CLIENTS = {
    "graphql-http audits 61 of 61",
    "Apollo Client queries and mutates",
    "Apollo Client receives errors",
    "Apollo Client names queries by their hashes",
    "Apollo Client subscribes over graphql-ws",
    "urql queries, mutates and receives errors",
    "urql queries by GET",
    "urql subscribes over graphql-ws",
    "urql subscribes over server-sent events",
    "graphql-ws queries, and resumes without a gap or a repeat",
    "graphql-sse queries, and resumes without a gap or a repeat",
}
COMPILERS = {
    "Relay's compiler accepts the schema",
    "GraphQL Code Generator accepts the schema",
    "graphql-eslint's schema-relay rules pass",
    "graphql-eslint's schema-recommended rules pass",
}


@pytest.fixture(scope="module", autouse=True)
def packages() -> None:
    PACKAGES.install()


def test_javascript_clients_work_and_the_graphql_http_audit_passes(server: Server) -> None:
    assert PACKAGES.faults("clients.mjs", server.url) == dict.fromkeys(CLIENTS)


def test_compilers_and_linters_accept_the_schema() -> None:
    assert PACKAGES.faults("compilers.mjs", str(ROOT / "schema.graphql")) == dict.fromkeys(COMPILERS)
