"""Weights: cost in points of the calls that fields make, by schema coordinate. Other fields make none."""

from gateway.mutations.table import MUTATIONS

_STORED_LIST = 2
"""A list that is read from the store, or its count."""

_PROVIDER_READ = 5
"""A provider is called if what the store has is not fresh."""

_READS = (
    "Query.meetings",
    "Query.contacts",
    "Query.conversations",
    "Query.messages",
    "Query.phoneNumbers",
    "Account.meetings",
    "Account.contacts",
    "Account.conversations",
    "Account.phoneNumbers",
    "Account.unreadConversations",
    "Account.calendarAuthorizationUrl",
    "Contact.conversations",
    "Conversation.messages",
)
_DETAILS = ("hostUrl", "password", "dialIns", "icalendar")
"""Fields that a provider's list may omit: one call for each meeting then."""

_OF_ACCOUNT = ("Meeting.viewerActions", "Conversation.canSend", "Conversation.cannotSendReason")
"""Fields that depend on the object's account, which is read with them."""

_COUNTED = ("Account", "Meeting", "Contact", "Conversation", "Message")

WEIGHTS = {
    **dict.fromkeys(("Query.accounts", "Viewer.accounts"), _STORED_LIST),
    "Query.feedCursor": 1,
    **{f"{name}Connection.totalCount": _STORED_LIST for name in _COUNTED},
    **dict.fromkeys(_READS, _PROVIDER_READ),
    "Conversation.unreadCount": 1,
    **{f"Meeting.{name}": 1 for name in _DETAILS},
    **dict.fromkeys(_OF_ACCOUNT, 1),
    **{f"Mutation.{name}": mutation.cost for name, mutation in MUTATIONS.items()},
}
