"""The number of files that a reader passes through to follow one request: a bound on indirection.

Only the request's own work counts, whichever task it runs in, and not the background services' rounds that happen to
run at the same time. Run with `-rP` to see the files.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from starlette.applications import Starlette

from tests.gateway.reads.test_statements import begin_conversations
from tests.testkit.client import Client
from tests.testkit.paper import Paper
from tests.testkit.steps import connected

MAX_FILES_OF_QUERY = 63
MAX_FILES_OF_MUTATION = 63

INBOX = """query ($first: Int!) {
    conversations(first: $first) { nodes { contact { firstName } messages(first: 5) { nodes { text } } } }
}"""

_ROOT = Path(__file__).parents[2]
_PRODUCT = tuple(f"{_ROOT / package}/" for package in ("gateway", "resolvers", "providers"))


_in_request: ContextVar[bool] = ContextVar("_in_request", default=False)


@dataclass(frozen=True, slots=True)
class Trace:
    """The product's functions that requests called, by file.

    A request begins when the server calls the application. Its task has a context of its own, which the tasks that it
    starts inherit; the rounds of background services that happen meanwhile have others.
    """

    functions: dict[str, set[str]] = field(default_factory=dict)

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event != "call":
            return
        if code is Starlette.__call__.__code__:
            _in_request.set(True)
        if _in_request.get() and code.co_filename.startswith(_PRODUCT):
            file = str(Path(code.co_filename).relative_to(_ROOT))
            self.functions.setdefault(file, set()).add(code.co_qualname)

    @property
    def report(self) -> str:
        files = [f"{file}: {', '.join(sorted(names))}" for file, names in sorted(self.functions.items())]
        count = sum(map(len, self.functions.values()))
        return "\n".join([*files, f"{len(files)} files, {count} functions"])


@contextmanager
def traced() -> Iterator[Trace]:
    """Trace this thread: statements of the store run in others, which hold no code of the product's."""
    trace = Trace()
    sys.setprofile(trace)
    try:
        yield trace
    finally:
        sys.setprofile(None)
        sys.stdout.write(trace.report)


async def test_a_query_of_an_inbox_passes_few_files(client: Client, paper: Paper) -> None:
    """When everything is fresh, and the document is new."""
    begin_conversations(paper, await connected(client), 3)
    await client.data(INBOX, first=3)
    with traced() as trace:
        data = await client.data(INBOX.replace("query", "query Inbox"), first=3)
    assert len(data["conversations"]["nodes"][0]["messages"]["nodes"]) == 5
    assert len(trace.functions) <= MAX_FILES_OF_QUERY


async def test_sending_a_message_passes_few_files(client: Client, paper: Paper) -> None:
    """When the document is known, as it is for every message but the first."""
    begin_conversations(paper, await connected(client), 1)
    (conversation,) = (await client.data("{ conversations { nodes { id } } }"))["conversations"]["nodes"]
    text = {"conversationId": conversation["id"], "text": "Hello"}
    await client.do("sendMessage", "message { id }", **text, idempotencyKey="one")
    with traced() as trace:
        await client.do("sendMessage", "message { id }", **text, idempotencyKey="two")
    assert len(trace.functions) <= MAX_FILES_OF_MUTATION
