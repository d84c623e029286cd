"""The schema: everything that clients can ask for."""

from datetime import date

import strawberry
from graphql import Undefined
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig

from resolvers.account import AccountMutation, AccountQuery
from resolvers.contact import ContactMutation, ContactQuery
from resolvers.conversation import ConversationMutation, ConversationQuery
from resolvers.field import resolve_directly
from resolvers.meeting import MeetingMutation, MeetingQuery
from resolvers.message import MessageMutation, MessageQuery
from resolvers.node import NodeQuery
from resolvers.phone_number import PhoneNumberQuery
from resolvers.provider import ProviderQuery
from resolvers.scalar import SCALARS
from resolvers.subscription import Subscription
from resolvers.viewer import ViewerQuery


@strawberry.type(
    description="All queries. If a provider is unavailable and nothing is stored, a field is null with an "
    "error or its list lacks that provider's objects."
)
class Query(
    MessageQuery,
    ConversationQuery,
    ContactQuery,
    PhoneNumberQuery,
    MeetingQuery,
    AccountQuery,
    ProviderQuery,
    ViewerQuery,
    NodeQuery,
):
    pass


@strawberry.type(description="All mutations. Failures on which the caller can act are returned in userErrors.")
class Mutation(MessageMutation, ConversationMutation, ContactMutation, MeetingMutation, AccountMutation):
    pass


def _promise_no_null(schema: strawberry.Schema) -> None:
    """Takes `= null` from arguments and input fields that may be left out: it says nothing, at great length."""
    for graphql_type in schema._schema.type_map.values():
        for field in getattr(graphql_type, "fields", {}).values():
            for value in (field, *getattr(field, "args", {}).values()):
                if getattr(value, "default_value", Undefined) is None:
                    value.default_value = Undefined


schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[date, JSON],
    config=StrawberryConfig(scalar_map=SCALARS),
)
resolve_directly(schema)
_promise_no_null(schema)
