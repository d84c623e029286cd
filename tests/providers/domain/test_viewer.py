import pytest

from providers.domain.errors import Forbidden
from providers.domain.viewer import SCOPES, Viewer, is_user_id


@pytest.mark.parametrize("scope", SCOPES)
def test_a_viewer_with_the_scope_passes_the_check(scope: str) -> None:
    Viewer("ada", frozenset({scope})).require(scope)


@pytest.mark.parametrize("scope", SCOPES)
def test_the_scope_admin_implies_the_others(scope: str) -> None:
    Viewer("ada", frozenset({"admin"})).require(scope)


@pytest.mark.parametrize("scope", SCOPES)
def test_a_viewer_without_the_scope_is_forbidden(scope: str) -> None:
    others = frozenset(SCOPES) - {scope, "admin"}

    with pytest.raises(Forbidden, match=rf"^The scope {scope} is required\.$"):
        Viewer("ada", others).require(scope)


@pytest.mark.parametrize("text", ["ada", "7", "ada lovelace", " ada", "\u0430\u0434\u0430"])
def test_a_line_of_text_is_a_user_id(text: str) -> None:
    assert is_user_id(text)


@pytest.mark.parametrize("text", ["", " ", "\t", "\u3000", "ada\0", "ada\n", "\ud800"])
def test_blanks_and_control_characters_are_no_user_id(text: str) -> None:
    assert not is_user_id(text)
