"""How many files a fresh query passes: each of them is one more to read for somebody who follows it."""

import sys
from datetime import timedelta
from pathlib import Path
from types import FrameType

from providers.domain.entities import Contact
from tests.gateway.client import Client
from tests.gateway.paper import NUMBER, Paper
from tests.gateway.steps import key_of, known_conversation
from tests.gateway.storage.clock import NOON

CONVERSATIONS = "{ conversations { nodes { contact { firstName } messages(first: 5) { nodes { text } } } } }"
ROOT = Path(__file__).parents[3]
MAX_FILES = 21


class Trace:
    """The product files whose functions are called in the block."""

    def __init__(self) -> None:
        self.files: set[str] = set()

    def __enter__(self) -> "Trace":
        sys.setprofile(self._called)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def within(self, *packages: str) -> list[str]:
        paths = {Path(name).relative_to(ROOT) for name in self.files if Path(name).is_relative_to(ROOT)}
        return sorted(str(each) for each in paths if str(each).startswith(packages))

    def _called(self, frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            self.files.add(frame.f_code.co_filename)


async def test_a_fresh_query_passes_few_files_of_the_read_path(client: Client, paper: Paper, account: str) -> None:
    contact = Contact(account_key=key_of(account), external_id="c", number=NUMBER, e164=None, synced_at=NOON)
    paper.contacts[contact.account_key] = [contact]
    conversation = known_conversation(paper, account, contact="c")
    for minute in range(6):
        paper.write(conversation, "Hello", NOON - timedelta(minutes=minute))
    fresh = await client.data(CONVERSATIONS)
    with Trace() as trace:
        assert await client.data(CONVERSATIONS) == fresh

    read_path = trace.within("gateway/reads", "gateway/storage", "gateway/events")

    print(*trace.within("gateway", "resolvers", "providers"), sep="\n")  # noqa: T201 (shown with -s)
    assert len(read_path) <= MAX_FILES, read_path
