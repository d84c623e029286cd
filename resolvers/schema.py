"""The GraphQL schema."""

from datetime import date

import strawberry
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig

from resolvers.account import AccountMutation, AccountQuery
from resolvers.contact import ContactMutation, ContactQuery
from resolvers.conversation import ConversationMutation, ConversationQuery
from resolvers.meeting import MeetingMutation, MeetingQuery
from resolvers.message import MessageMutation, MessageQuery
from resolvers.node import NodeQuery
from resolvers.phone_number import PhoneNumberQuery
from resolvers.provider import ProviderQuery
from resolvers.scalar import SCALARS
from resolvers.strawberry_compat import remove_null_defaults, remove_type_checks
from resolvers.subscription import FeedQuery, Subscription
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
    FeedQuery,
):
    pass


@strawberry.type(description="All mutations. Failures on which the caller can act are returned in userErrors.")
class Mutation(MessageMutation, ConversationMutation, ContactMutation, MeetingMutation, AccountMutation):
    pass


schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[date, JSON],
    config=StrawberryConfig(scalar_map=SCALARS),
)
remove_null_defaults(schema)
remove_type_checks(schema)
