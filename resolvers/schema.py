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
from resolvers.strawberry_compat import remove_null_defaults, set_direct_resolvers
from resolvers.subscription import Subscription
from resolvers.viewer import ViewerQuery


@strawberry.type(description="What can be read. What a provider fails to tell is null with an error, or left out.")
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


@strawberry.type(
    description="What can be done. Failures that the caller can act on are in userErrors, and have changed nothing."
)
class Mutation(MessageMutation, ConversationMutation, ContactMutation, MeetingMutation, AccountMutation):
    pass


schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[date, JSON],
    config=StrawberryConfig(scalar_map=SCALARS),
)
set_direct_resolvers(schema)
remove_null_defaults(schema)
