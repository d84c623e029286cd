"""Everything that can be asked, made from the schema: a field that is added to it is asked for by itself."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_required_argument,
    is_required_input_field,
    parse,
    validate,
)

from tests.testkit.clock import NOON

DEEPEST = 2
_WORDS = {
    "provider": "paper",
    "email": "someone@example.com",
    "number": "+12025550123",
    "fromNumber": "+12025550100",
}
_VALUES: dict[str, object] = {"DateTime": (NOON + timedelta(days=1)).isoformat(), "Int": 30}
_BESIDES = {"startTime", "durationMinutes"}
"""What is given although it may be left out: without it the input is refused before anything is looked for."""

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A root field with all that it can answer, and one place to put an id into, where it has any."""

    name: str
    document: DocumentNode
    given: dict[str, Any]
    place: Path | None
    is_list: bool

    def variables(self, *ids: str) -> dict[str, Any]:
        if self.place is None:
            return self.given
        value: Any = list(ids) if self.is_list else ids[0]
        for name in reversed(self.place[1:]):
            value = {name: value}
        base = self.given.get(self.place[0])
        if isinstance(base, dict) and isinstance(value, dict):
            value = {**base, **value}
        return {**self.given, self.place[0]: value}


def questions(schema: GraphQLSchema, root: GraphQLObjectType) -> Iterator[Question]:
    """Each field once without an id, where it needs none, and once for each place for ids, of objects or of users."""
    for name, field in root.fields.items():
        document = _document(schema, root, name, field)
        given = {each: _value(each, argument) for each, argument in field.args.items() if _is_given(each, argument)}
        places = list(_places(field))
        if not any(len(path) == 1 and is_required_argument(field.args[path[0]]) for path, _ in places):
            yield Question(name, document, given, None, False)
        for path, is_list in places:
            yield Question(f"{name}({'.'.join(path)})", document, given, path, is_list)


def _places(field: GraphQLField) -> Iterator[tuple[Path, bool]]:
    for name, argument in field.args.items():
        yield from _places_in((name,), argument)


def _places_in(path: Path, value: GraphQLArgument | GraphQLInputField) -> Iterator[tuple[Path, bool]]:
    named = get_named_type(value.type)
    if named.name == "ID" or path[-1] in {"userId", "userIds"}:
        bare = value.type.of_type if isinstance(value.type, GraphQLNonNull) else value.type
        yield path, is_list_type(bare)
    elif isinstance(named, GraphQLInputObjectType) and not is_list_type(value.type):
        for name, field in named.fields.items():
            yield from _places_in((*path, name), field)


def _is_given(name: str, value: GraphQLArgument | GraphQLInputField) -> bool:
    if name in _BESIDES or name == "first":
        return True
    return is_required_argument(value) if isinstance(value, GraphQLArgument) else is_required_input_field(value)


def _value(name: str, value: GraphQLArgument | GraphQLInputField) -> object:
    named = get_named_type(value.type)
    if isinstance(named, GraphQLInputObjectType):
        return {each: _value(each, field) for each, field in named.fields.items() if _is_given(each, field)}
    return _VALUES.get(named.name) or _WORDS.get(name, name)


def _document(schema: GraphQLSchema, root: GraphQLObjectType, name: str, field: GraphQLField) -> DocumentNode:
    declared = ", ".join(f"${each}: {argument.type}" for each, argument in field.args.items())
    passed = ", ".join(f"{each}: ${each}" for each in field.args)
    arguments = (f"({declared})", f"({passed})") if field.args else ("", "")
    selected = _selection(schema, field, DEEPEST)
    document = parse(f"{root.name.lower()} Asked{arguments[0]} {{ {name}{arguments[1]} {selected} }}")
    assert validate(schema, document) == []
    return document


def _selection(schema: GraphQLSchema, field: GraphQLField, depth: int) -> str:
    named = get_named_type(field.type)
    if is_leaf_type(named):
        return ""
    if isinstance(named, GraphQLInterfaceType):
        parts = schema.get_possible_types(named)
        return f"{{ {' '.join(f'... on {part.name} {_fields(schema, part, depth, part.name)}' for part in parts)} }}"
    assert isinstance(named, GraphQLObjectType)
    return _fields(schema, named, depth)


def _fields(schema: GraphQLSchema, part: GraphQLObjectType, depth: int, prefix: str = "") -> str:
    return f"{{ __typename {' '.join(_each(schema, part, depth, prefix))} }}"


def _each(schema: GraphQLSchema, part: GraphQLObjectType, depth: int, prefix: str) -> Iterator[str]:
    for name, field in part.fields.items():
        alias = f"{prefix}_{name}: " if prefix else ""
        if is_leaf_type(get_named_type(field.type)):
            yield f"{alias}{name}"
        elif depth or name in {"edges", "pageInfo", "userErrors"}:
            first = "(first: 3)" if "first" in field.args else ""
            yield f"{alias}{name}{first} {_selection(schema, field, depth - 1 if depth else 0)}"


def strings(answer: object) -> Iterator[str]:
    """Every string in an answer."""
    if isinstance(answer, str):
        yield answer
    elif isinstance(answer, dict):
        for key, value in answer.items():
            yield from strings(key)
            yield from strings(value)
    elif isinstance(answer, Sequence):
        for value in answer:
            yield from strings(value)
