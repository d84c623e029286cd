"""The tree of domain errors."""

import pytest

from providers.domain import errors
from providers.domain.errors import DomainError, ErrorCode, ProviderError, RequestErrorCode

GROUPS = {DomainError, ProviderError, errors.RetryLater, errors.ConnectAgain, errors.CorrectInput, errors.GiveUp}


TREE = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, DomainError)]
KINDS = [each for each in TREE if each not in GROUPS]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_code(kind: type[DomainError]) -> None:
    assert isinstance(kind.code, ErrorCode | RequestErrorCode)


def test_every_code_has_a_kind() -> None:
    assert {kind.code for kind in KINDS} == {*ErrorCode, *RequestErrorCode}


@pytest.mark.parametrize("kind", [each for each in TREE if each is not DomainError])
def test_the_documented_tree_names_every_error(kind: type[DomainError]) -> None:
    assert errors.__doc__ is not None
    [line] = [line for line in errors.__doc__.splitlines() if f"── {kind.__name__} " in line]

    depth = line.index("── ") // 4
    assert kind.__mro__.index(DomainError) == depth


def test_exactly_the_errors_to_retry_are_retryable() -> None:
    for kind in TREE:
        assert kind.retryable == issubclass(kind, errors.RetryLater | errors.StoreUnavailable)
