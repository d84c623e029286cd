"""Assumptions about Strawberry that its documentation does not guarantee."""

import ast
import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from importlib.metadata import version
from pathlib import Path

import orjson
import pytest
import strawberry
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    parse,
    specified_rules,
    validate,
)

from gateway.config import GraphqlLimits
from gateway.graphql.execution.engine import Engine
from gateway.graphql.execution.operation import Operation
from resolvers import strawberry_compat
from resolvers.strawberry_compat import (
    STRAWBERRY_RULES,
    core_schema,
    declared_field,
    describe_enum,
    enum_class,
    lazy_type,
    remove_null_defaults,
    remove_type_checks,
    takes,
)


class Color(Enum):
    RED = "RED"


describe_enum(Color, "A color.", {"RED": "The color of tomatoes."})


@strawberry.type
class Leaf:
    color: Color


@strawberry.input(one_of=True)
class Choice:
    left: strawberry.Maybe[int]
    right: strawberry.Maybe[int]


@strawberry.interface
class Named:
    name: str

    @classmethod
    def resolve_type(cls, value: object, _info: object, _type: object) -> str:
        return value.__class__.__name__.removesuffix("Value")


@strawberry.type
class Thing(Named):
    pass


@dataclass(frozen=True, slots=True)
class ThingValue:
    """A value of Thing that is no instance of it."""

    name: str


@strawberry.input
class Place:
    at_number: int
    as_seen_from: str | None = None


def place(at: Place) -> None:
    """Declare the arguments of `chosen`."""


class ChosenPlace:
    async def resolve_many(self, entities: Sequence[object], _info: object, *, at: Place) -> list[str]:
        return [f"{type(at).__name__} {at.at_number}"] * len(entities)


@strawberry.type
class Payload:
    """A type whose constructor is called."""

    name: str
    greeting = declared_field(lambda payload, _info: f"Hello {payload.name}", type=str, description="Declared.")


@strawberry.type
class Query:
    payload = declared_field(lambda _entity, _info: Payload(name="Ann"), type=Payload, description="Constructed.")
    thing = declared_field(lambda _entity, _info: ThingValue("one"), type=Thing, description="By its own type.")
    named = declared_field(lambda _entity, _info: ThingValue("two"), type=Named, description="By its interface.")
    chosen = declared_field(ChosenPlace(), arguments=place, type=str, description="With arguments of its own.")
    leaf = declared_field(
        lambda _entity, _info: Leaf(color=Color.RED),
        type=lazy_type("Leaf", "tests.resolvers.test_strawberry_compat"),
        description="A type that is imported late.",
    )

    @strawberry.field
    def pick(self, choice: Choice | None = None, n: strawberry.Maybe[int] = None) -> int:
        return n.value if n else 1


def build() -> strawberry.Schema:
    schema = strawberry.Schema(query=Query, types=[Thing])
    remove_null_defaults(schema)
    remove_type_checks(schema)
    return schema


SCHEMA = build()


def result_of(document: str, **variables: object) -> object:
    engine: Engine[None] = Engine(
        SCHEMA, format_error=lambda error: {**error.formatted}, extensions=lambda _: {}, limits=GraphqlLimits()
    )
    operation = Operation(query=document, variables=variables)
    result = orjson.loads(asyncio.run(engine.execute(engine.prepare(operation), None)))
    return result.get("errors", result["data"])


def errors_of(document: str) -> list[GraphQLError]:
    return validate(core_schema(SCHEMA), parse(document), [*specified_rules, *STRAWBERRY_RULES])


def query_type() -> GraphQLObjectType:
    found = core_schema(SCHEMA).query_type
    assert found is not None
    return found


def has_no_null_default() -> bool:
    arguments = query_type().fields["pick"].args.values()
    return all(isinstance(each, GraphQLArgument) and each.default_value is Undefined for each in arguments)


def enum_type(name: str) -> GraphQLEnumType:
    found = core_schema(SCHEMA).type_map[name]
    assert isinstance(found, GraphQLEnumType)
    return found


def knows_annotations_of_inputs() -> bool:
    found = core_schema(SCHEMA).type_map["Place"]
    assert isinstance(found, GraphQLInputObjectType)
    return takes(found.fields["asSeenFrom"], str) and not takes(found.fields["atNumber"], str)


def describes_enums() -> bool:
    return bool(enum_type("Color").values["RED"].description == "The color of tomatoes.")


ASSUMPTIONS: dict[str, Callable[[], bool]] = {
    "enums of graphql-core have wrapped_cls": lambda: enum_class(enum_type("Color")) is Color,
    "Schema._schema is the schema of graphql-core": lambda: isinstance(core_schema(SCHEMA), GraphQLSchema),
    "fields have extensions['strawberry-definition'], with a base_resolver": lambda: (
        result_of("{ pick(n: 3) }") == {"pick": 3}
    ),
    "fields have extensions['strawberry-definition'].metadata": lambda: (
        result_of("{ thing { name } }") == {"thing": {"name": "one"}}
    ),
    "convert_arguments makes inputs instances of their classes": lambda: (
        result_of("query($n: Int!) { chosen(at: {atNumber: $n}) }", n=7) == {"chosen": "Place 7"}
    ),
    "a field with a function is not set by the constructor": lambda: (
        result_of("{ payload { greeting } }") == {"payload": {"greeting": "Hello Ann"}}
    ),
    "fields of inputs have extensions['strawberry-definition'], with origin and python_name": (
        knows_annotations_of_inputs
    ),
    "LazyType is a graphql_type that is imported late": lambda: (
        result_of("{ leaf { color } }") == {"leaf": {"color": "RED"}}
    ),
    "interfaces have resolve_type, and without is_type_of values of any class are resolved": lambda: (
        result_of("{ thing { name } named { __typename name } }")
        == {"thing": {"name": "one"}, "named": {"__typename": "Thing", "name": "two"}}
    ),
    "enums have __strawberry_definition__.values": describes_enums,
    "defaults of null are arguments' default_value": has_no_null_default,
    "one_of inputs are checked by a rule of its own": lambda: (
        errors_of("{ pick(choice: {left: 1}) }") == [] and len(errors_of("{ pick(choice: {left: 1, right: 2}) }")) > 0
    ),
    "Maybe without null is checked by a rule of its own": lambda: (
        errors_of("{ pick(n: 1) }") == [] and len(errors_of("{ pick(n: null) }")) > 0
    ),
}


@pytest.mark.parametrize("assumption", ASSUMPTIONS)
def test_strawberry_is_as_strawberry_compat_assumes(assumption: str) -> None:
    held = ASSUMPTIONS[assumption]()

    assert held, f"Strawberry {version('strawberry-graphql')} changed: {assumption}. Adapt resolvers/strawberry_compat."


PRIVATE_MODULES = ("strawberry.execution", "strawberry.schema.", "strawberry.types.", "strawberry.utils")
PUBLIC_MODULES = ("strawberry.schema.config",)
PRIVATE_NAMES = {"strawberry-definition", "__strawberry_definition__"}
ROOT = Path(__file__).parents[2]
SOURCES = [*ROOT.glob("gateway/**/*.py"), *ROOT.glob("resolvers/**/*.py")]


def private_touches(source: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(source.read_text())):
        match node:
            case ast.ImportFrom(module=str(module)) if module.startswith(PRIVATE_MODULES):
                if not module.startswith(PUBLIC_MODULES):
                    yield module
            case ast.Attribute(value=ast.Name(id="schema"), attr="_schema" as name):
                yield name
            case ast.Constant(value=str(text)) if text in PRIVATE_NAMES:
                yield text


def test_no_other_module_touches_private_parts_of_strawberry() -> None:
    touches = {source: list(private_touches(source)) for source in SOURCES}
    found = {source for source, names in touches.items() if names}

    assert found == {Path(strawberry_compat.__file__)}
