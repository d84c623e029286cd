from pathlib import Path

import pytest

from gateway.config.trusted_documents import read_trusted_documents

APOLLO = """{
    "format": "apollo-persisted-query-manifest",
    "version": 1,
    "operations": [{"id": "a1", "name": "Who", "type": "query", "body": "query Who { viewer { userId } }"}]
}"""


@pytest.mark.parametrize("text", ['{"a1": "query Who { viewer { userId } }"}', APOLLO])
def test_the_files_of_relay_and_apollo_are_read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "documents.json"
    path.write_text(text)
    assert read_trusted_documents(path) == {"a1": "query Who { viewer { userId } }"}


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"a1": 7}', '{"format": "apollo-persisted-query-manifest", "operations": [{"id": "a1"}]}']
)
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "documents.json"
    path.write_text(text)
    with pytest.raises(ValueError, match="expected"):
        read_trusted_documents(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="No such file"):
        read_trusted_documents(tmp_path / "documents.json")
