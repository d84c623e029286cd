"""What fields cost besides the objects that they tell, by schema coordinate: those that a provider may be asked for."""

from gateway.mutations.table import MUTATIONS

_STORED_LIST = 2
"""A list that the store answers, or a count of it."""

_PROVIDER_READ = 5
"""A provider is called where what the store has is not fresh."""

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
    "Account.calendarAuthorizationUrl",
    "Contact.conversations",
    "Conversation.messages",
)
_DETAILS = ("hostUrl", "password", "dialIns", "icalendar")
"""What a provider's list may leave out, and is asked for one by one."""

_COUNTED = ("Account", "Meeting", "Contact", "Conversation", "Message")

WEIGHTS = {
    "Query.accounts": _STORED_LIST,
    **{f"{name}Connection.totalCount": _STORED_LIST for name in _COUNTED},
    **dict.fromkeys(_READS, _PROVIDER_READ),
    **{f"Meeting.{name}": 1 for name in _DETAILS},
    **{f"Mutation.{name}": mutation.cost for name, mutation in MUTATIONS.items()},
}
