"""Plans answer documents of each rule of the GraphQL specification as graphql-core does, including failures."""

from typing import Any

import orjson
import pytest
from graphql import ExecutionResult, parse, validate

from gateway.graphql.execution.document_cache import RULES
from providers.domain.entities import Account, Contact, Conversation
from resolvers.errors import format_error
from tests.gateway.graphql.execution.plan.judge import SCHEMA, judged
from tests.gateway.graphql.execution.plan.ports import ENTITIES, IDS, Ports
from tests.gateway.graphql.execution.plan.test_judge import assert_same_errors
from tests.testkit.plans import execute

SEEDS = range(6)
"""Each makes other loads fail, or find nothing."""

ACCOUNT, CONTACT, CONVERSATION = (
    next(each.id for each in ENTITIES if isinstance(each, kind)) for kind in (Account, Contact, Conversation)
)
LIST = ", ".join(f'"{each}"' for each in IDS)
NAMES = 'firstName: "Ada", lastName: "Lovelace", number: "+12025550187"'

Variables = dict[str, Any]

DOCUMENTS: list[tuple[str, Variables]] = [
    # 3.13.1, 3.13.2: conditions, their defaults, both at one place, and selections that they leave empty
    ("query ($x: Boolean = true) { viewer { userId @include(if: $x) scopes } }", {}),
    ("query ($x: Boolean = true) { viewer { userId @skip(if: $x) scopes } }", {"x": False}),
    ("query ($x: Boolean! = false) { viewer { userId @include(if: true) @skip(if: $x) scopes } }", {}),
    ("query ($x: Boolean!) { viewer { userId @include(if: $x) @skip(if: $x) scopes } }", {"x": True}),
    (
        "query ($x: Boolean!) { viewer @skip(if: $x) { userId } ...F @include(if: $x) } fragment F on "
        "Query { viewer { scopes } }",
        {"x": True},
    ),
    ("{ viewer { userId @skip(if: true) } }", {}),
    ("{ viewer @skip(if: true) { userId } }", {}),
    ("query ($x: Boolean!) { accounts { nodes { ... @skip(if: $x) { id } } } }", {"x": True}),
    # 4.4: names of types, everywhere
    (
        f"{{ __typename a: __typename nodes(ids: [{LIST}]) {{ __typename ... {{ b: __typename }} }} "
        f"viewer {{ __typename }} }}",
        {},
    ),
    # 4.1: introspection beside data, with variables, aliases, fragments and conditions
    (
        '{ a: __type(name: "Query") { name } b: __type(name: "No") { name } __schema { ...S } viewer { '
        "userId } } fragment S on __Schema { queryType { n: name __typename } }",
        {},
    ),
    (
        'query ($n: String! = "Node") { ...F ...F } fragment F on Query { __type(name: $n) { '
        "possibleTypes { name } } }",
        {},
    ),
    ('query ($n: String = "Node") { __type(name: $n) { name } viewer { userId } }', {"n": None}),
    (
        "query ($x: Boolean!) { __schema { queryType { name @include(if: $x) kind } types @skip(if: $x) { name } } }",
        {"x": True},
    ),
    (
        "query ($at: DateTime, $o: MeetingOrder = START_TIME_DESC, $f: MeetingFilter) { __schema { "
        "queryType { name } } meetings(orderBy: $o, filter: $f) { nodes { id } } later: "
        "meetings(filter: {from: $at}) { nodes { id } } }",
        {"at": "2026-11-21T09:00:00Z", "f": {"from": "2026-11-21T09:00:00Z"}},
    ),
    # 5.3.2, 6.3.2: merged fields, their order, fragments that are spread often, on interfaces and on objects
    (
        "{ contacts(first: 2) { nodes { id } } viewer { userId } contacts(first: 2) { pageInfo { "
        "hasNextPage } nodes { lastName id } } x: contacts(first: 1) { nodes { id } } }",
        {},
    ),
    (
        "{ contacts { ...A ...B ...A } } fragment A on ContactConnection { nodes { account { id } } } "
        "fragment B on ContactConnection { nodes { account { status ...C } } } fragment C on Account { "
        "provider { name } userId }",
        {},
    ),
    (
        f"{{ nodes(ids: [{LIST}]) {{ ...N ... on Contact {{ account {{ id }} }} ... on Contact {{ "
        f"account {{ status }} lastName }} ... on Account {{ a: userId }} ...N }} }} fragment N on Node "
        f"{{ id ... on Conversation {{ account {{ userId }} }} }}",
        {},
    ),
    ("query ($n: Int) { a: contacts(first: $n) { nodes { id } } b: contacts(first: 3) { nodes { id } } }", {"n": 1}),
    # 6.4.1: arguments, absent and null, default values, lists of one item
    ("query ($n: Int) { contacts(first: $n) { nodes { id } } }", {}),
    ("query ($n: Int) { contacts(first: $n) { nodes { id } } }", {"n": None}),
    ("query ($n: Int = 2) { contacts(first: $n) { nodes { id } pageInfo { startCursor endCursor } } }", {}),
    ("{ contacts(first: null, filter: null) { nodes { id } } }", {}),
    ("{ contacts(filter: {accountIds: null, number: null}) { nodes { id } } }", {}),
    (f'{{ contacts(filter: {{accountIds: "{ACCOUNT}"}}) {{ nodes {{ id }} totalCount }} }}', {}),
    (f'{{ nodes(ids: "{CONTACT}") {{ id }} }}', {}),
    ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": CONTACT}),
    ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": [None]}),
    ('query ($id: ID = "unknown") { nodes(ids: [$id]) { id } }', {"id": None}),
    (f'query ($id: ID!) {{ nodes(ids: [$id, "{CONVERSATION}"]) {{ id }} }}', {"id": 5}),
    ("query ($number: String) { contacts(filter: {number: $number}) { nodes { id } } }", {}),
    ("query ($o: MeetingOrder) { meetings(orderBy: $o) { nodes { id } } }", {"o": None}),
    ("{ meetings(orderBy: null) { nodes { id } } }", {}),
    # 3.5, 3.9: values that no variable may have
    ("query ($n: Int) { contacts(first: $n) { nodes { id } } }", {"n": 2**31}),
    ("query ($n: Int) { contacts(first: $n) { nodes { id } } }", {"n": 2.0}),
    ("query ($n: Int) { contacts(first: $n) { nodes { id } } }", {"n": True}),
    ("query ($id: ID!) { node(id: $id) { id } }", {"id": 5.5}),
    ("query ($o: MeetingOrder) { meetings(orderBy: $o) { nodes { id } } }", {"o": "NO"}),
    ("query ($f: ContactFilter) { contacts(filter: $f) { nodes { id } } }", {"f": {"no": 1}}),
    # arguments that resolvers refuse
    (
        "{ contacts(first: -1) { nodes { id } } a: contacts(first: 1, last: 1) { totalCount } b: "
        'contacts(after: "no") { totalCount } }',
        {},
    ),
    # 6.2.2: mutations one after the other
    (
        f'mutation {{ a: createContact(input: {{accountId: "{ACCOUNT}", {NAMES}}}) {{ contact {{ id '
        f"account {{ status }} }} userErrors {{ code }} }} __typename b: createContact(input: "
        f'{{accountId: "no", {NAMES}}}) {{ __typename userErrors {{ message path }} }} }}',
        {},
    ),
    # 6.4.4: null propagates over many levels
    (
        "{ accounts { nodes { contacts { nodes { conversations { nodes { messages { nodes { "
        "conversation { contact { account { phoneNumbers { account { id } } } } } } } } } } } } } }",
        {},
    ),
]

NULL_CONDITIONS = [
    "query ($x: Boolean = true) { viewer { userId @skip(if: $x) scopes } }",
    "query ($x: Boolean = true) { contacts { nodes { id @include(if: $x) } } viewer { userId } }",
    "query ($x: Boolean = true) { ...F @skip(if: $x) } fragment F on Query { viewer { userId } }",
    "query ($x: Boolean = true) { viewer { userId } __schema { queryType { name @include(if: $x) } } }",
    'query ($x: Boolean = true) { viewer { userId } __type(name: "Query") { name @include(if: $x) } }',
    "query ($x: Boolean = true) { __typename @include(if: $x) viewer { userId } }",
]


async def both(document: str, variables: Variables, seed: int) -> tuple[ExecutionResult, ExecutionResult]:
    """Return the results of the plan and of graphql-core."""
    parsed = parse(document)
    assert validate(SCHEMA, parsed, RULES) == []
    plan = await execute(SCHEMA, parsed, Ports(seed).context(), variables)
    return plan, await judged(parsed, variables, Ports(seed).context())


@pytest.mark.parametrize(("document", "variables"), DOCUMENTS)
@pytest.mark.parametrize("seed", SEEDS)
async def test_a_document_is_answered_as_by_graphql_core(document: str, variables: Variables, seed: int) -> None:
    plan, judge = await both(document, variables, seed)

    assert orjson.dumps(plan.data) == orjson.dumps(judge.data)
    assert_same_errors(plan, judge)


@pytest.mark.parametrize("document", NULL_CONDITIONS)
@pytest.mark.parametrize("seed", SEEDS)
async def test_a_condition_that_is_null_fails_its_object(document: str, seed: int) -> None:
    plan, judge = await both(document, {"x": None}, seed)

    assert orjson.dumps(plan.data) == orjson.dumps(judge.data)
    assert places_and_codes(plan) >= places_and_codes(judge)


def places_and_codes(result: ExecutionResult) -> set[bytes]:
    formatted = [{**format_error(each, lambda _: "reference"), "message": ""} for each in result.errors or ()]
    return {orjson.dumps(each, option=orjson.OPT_SORT_KEYS) for each in formatted}
