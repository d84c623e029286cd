from pathlib import Path

import pytest

from gateway.config import GraphqlLimits, load_settings
from gateway.runtime.engine import graphql_limits


def test_the_limits_of_the_endpoint_are_those_of_the_settings(tmp_path: Path) -> None:
    documents = tmp_path / "documents.json"
    documents.write_text("{}")
    settings = load_settings(
        limits={"depth": 3, "batching": True, "batch": 7, "trusted_documents": documents, "only_trusted": True},
        connections={"handshake_seconds": 2},
        server={"introspection": False},
    )

    limits = graphql_limits(settings)

    assert (limits.depth, limits.max_batch, limits.only_trusted) == (3, 7, True)
    assert limits.connection_init_seconds == 2
    assert (limits.introspection, limits.suggestions) == (False, True)


@pytest.mark.parametrize("name", GraphqlLimits.model_fields.keys())
def test_limits_without_settings_are_those_of_an_open_gateway_with_default_settings(name: str) -> None:
    assert getattr(graphql_limits(load_settings()), name) == getattr(GraphqlLimits(), name)
