"""Assumptions about Strawberry that its documentation does not guarantee."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from importlib.metadata import version
from pathlib import Path

import pytest
import strawberry
from graphql import (
    ExecutionResult,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    execute,
    parse,
    specified_rules,
    validate,
)

from resolvers import strawberry_compat
from resolvers.strawberry_compat import (
    STRAWBERRY_RULES,
    core_schema,
    describe_enum,
    direct_field,
    executor_class,
    is_awaitable,
    lazy_type,
    remove_null_defaults,
    remove_type_checks,
    set_direct_resolvers,
    variable_values,
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


@strawberry.type
class Query:
    thing = direct_field(lambda _entity, _info: ThingValue("one"), type=Thing, description="By its own type.")
    named = direct_field(lambda _entity, _info: ThingValue("two"), type=Named, description="By its interface.")
    direct = direct_field(
        lambda _entity, info: not isinstance(info, strawberry.Info), type=bool, description="Called by graphql-core."
    )
    variables = direct_field(lambda _entity, info: variable_values(info)["n"], type=int, description="The variable n.")
    leaf = direct_field(
        lambda _entity, _info: Leaf(color=Color.RED),
        type=lazy_type("Leaf", "tests.resolvers.test_strawberry_compat"),
        description="A type that is imported late.",
    )

    @strawberry.field
    def pick(self, choice: Choice | None = None, n: strawberry.Maybe[int] = None) -> int:
        return 1


def build() -> strawberry.Schema:
    schema = strawberry.Schema(query=Query, types=[Thing])
    set_direct_resolvers(schema)
    remove_null_defaults(schema)
    remove_type_checks(schema)
    return schema


SCHEMA = build()


def result_of(document: str, **variables: object) -> object:
    result = execute(
        core_schema(SCHEMA),
        parse(document),
        variable_values=variables,
        executor_class=executor_class(SCHEMA),
        is_awaitable=is_awaitable,
    )
    assert isinstance(result, ExecutionResult)
    return result.data if result.errors is None else result.errors


def errors_of(document: str) -> list[GraphQLError]:
    return validate(core_schema(SCHEMA), parse(document), [*specified_rules, *STRAWBERRY_RULES])


def query_type() -> GraphQLObjectType:
    found = core_schema(SCHEMA).query_type
    assert found is not None
    return found


def has_no_null_default() -> bool:
    arguments = query_type().fields["pick"].args.values()
    return all(isinstance(each, GraphQLArgument) and each.default_value is Undefined for each in arguments)


def describes_enums() -> bool:
    color = core_schema(SCHEMA).type_map["Color"]
    return isinstance(color, GraphQLEnumType) and color.values["RED"].description == "The color of tomatoes."


ASSUMPTIONS: dict[str, Callable[[], bool]] = {
    "Schema._schema is the schema of graphql-core": lambda: isinstance(core_schema(SCHEMA), GraphQLSchema),
    "Schema.execution_context_class executes it": lambda: result_of("{ pick }") == {"pick": 1},
    "fields have extensions['strawberry-definition'].metadata": lambda: result_of("{ direct }") == {"direct": True},
    "get_variable_values returns the coerced variables": lambda: (
        result_of("query($n: Int!) { variables }", n=7) == {"variables": 7}
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
    "optimized_is_awaitable recognizes values": lambda: not is_awaitable(1) and not is_awaitable([]),
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
