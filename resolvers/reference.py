"""The types that refer to each other in circles: each is named here, and found when the schema is built."""

from strawberry.types.lazy_type import LazyType

ACCOUNT: LazyType[str, str] = LazyType("Account", "resolvers.account")
CONTACT: LazyType[str, str] = LazyType("Contact", "resolvers.contact")
CONVERSATION: LazyType[str, str] = LazyType("Conversation", "resolvers.conversation")
