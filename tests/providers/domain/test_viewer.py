import pytest

from providers.domain.errors import Forbidden
from providers.domain.viewer import SCOPES, Viewer


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
