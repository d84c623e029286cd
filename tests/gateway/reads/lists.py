"""Every list, the call that it is read by, and how long it is fresh then."""

import pytest

MEETINGS = "query ($filter: MeetingFilter) { meetings(filter: $filter) { nodes { title } } }"
NO_CACHE = {"cache-control": "no-cache"}

_LISTS = [
    ("{ phoneNumbers { number } }", "list_numbers", 300),
    ("{ contacts { nodes { id } } }", "list_contacts", 300),
    ("{ conversations { nodes { id } } }", "list_conversations", 30),
    ("{ meetings { nodes { id } } }", "list_meetings", 30),
    ("{ messages { nodes { id } } }", "list_messages", 5),
]
lists = pytest.mark.parametrize(("document", "call", "seconds"), _LISTS, ids=[call for _, call, _ in _LISTS])
