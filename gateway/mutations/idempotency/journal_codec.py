"""A mutation's input as it was journalled, read back."""

from dataclasses import is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import orjson
from pydantic import TypeAdapter

from resolvers.scalar import Unreadable

T = TypeVar("T")

_NEVER_JOURNALLED = (NoneType, Unreadable)
"""Null has no type to validate, and an input with an unreadable value is refused before the journal."""


def input_from_journal(kind: type[T], request: bytes) -> T:
    """The input that `Intent.request` was made of, without its key."""
    read: T = _input(kind, orjson.loads(request))
    return read


def _input(kind: type[Any], fields: dict[str, Any]) -> Any:
    return kind(**{name: _value(hint, fields[name]) for name, hint in get_type_hints(kind).items() if name in fields})


def _value(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    if get_origin(hint) in (Union, UnionType):
        (hint,) = (each for each in get_args(hint) if each not in _NEVER_JOURNALLED)
    if get_origin(hint) is list:
        return [_value(get_args(hint)[0], each) for each in value]
    if isinstance(hint, type) and is_dataclass(hint):
        return _input(hint, value)
    return _adapter(hint).validate_python(value)


@cache
def _adapter(hint: Any) -> TypeAdapter[Any]:
    return TypeAdapter(hint)
