import stat
from base64 import b64encode
from pathlib import Path

import pytest
from pydantic import SecretStr

from gateway.config import ConfigurationError, Store
from gateway.config.encryption_keys import encryption_keys


def sqlite(path: Path, **settings: object) -> Store:
    return Store.model_validate({"url": f"sqlite:///{path}", **settings})


def test_configured_keys_are_used_in_their_order(tmp_path: Path) -> None:
    keys = (bytes(32), bytes(range(32)))
    store = sqlite(tmp_path / "a.db", encryption_keys=[SecretStr(b64encode(key).decode()) for key in keys])
    assert encryption_keys(store) == keys
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_created_once_beside_the_database(tmp_path: Path) -> None:
    store = sqlite(tmp_path / "a.db")
    (made,) = encryption_keys(store)
    assert len(made) == 32
    assert encryption_keys(store) == (made,)
    assert [path.name for path in tmp_path.iterdir()] == ["a.db.key"]


def test_the_key_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    encryption_keys(sqlite(tmp_path / "a.db"))
    assert stat.S_IMODE((tmp_path / "a.db.key").stat().st_mode) == 0o600


def test_two_databases_have_two_keys(tmp_path: Path) -> None:
    assert encryption_keys(sqlite(tmp_path / "a.db")) != encryption_keys(sqlite(tmp_path / "b.db"))


@pytest.mark.parametrize("content", ["", "c2hvcnQ=", "sesame!"])
def test_a_file_that_holds_no_key_is_a_fault_that_shows_nothing_of_it(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.db.key"
    path.write_text(content)
    with pytest.raises(ConfigurationError) as caught:
        encryption_keys(sqlite(tmp_path / "a.db"))
    assert str(caught.value) == f"store.encryption_keys: {path}: expected 32 bytes in base64"


def test_a_folder_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        encryption_keys(sqlite(tmp_path / "missing" / "a.db"))
    assert "No such file or directory" in str(caught.value)
