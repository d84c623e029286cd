"""Documents that clients name instead of sending them: trusted ones, and those that somebody sent before."""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping

from graphql import GraphQLError

from gateway.graphql.execution.operation import Operation

MAX_DOCUMENTS = 512
MAX_DOCUMENT_BYTES = 32 * 1024


class DocumentNotFound(Exception):
    """There is no document to run. `status` is HTTP's: Apollo's clients expect 200 and send the document then."""

    def __init__(self, message: str, code: str, status: int = 400) -> None:
        super().__init__(message)
        self.error = GraphQLError(message, extensions={"code": code})
        self.status = status


class PersistedDocuments:
    """Apollo's automatic persisted queries, and `trusted` documents by their ids; `only` lets no others be run.

    What was sent with its hash is kept in this process while it is among the last that were.
    """

    def __init__(self, trusted: Mapping[str, str] | None = None, *, only: bool = False) -> None:
        self._trusted = trusted or {}
        self._only = only
        self._sent: OrderedDict[str, str] = OrderedDict()

    def source(self, operation: Operation) -> str:
        """The document that the operation sends or names. Raises DocumentNotFound."""
        if operation.document_id is not None:
            return self._find_trusted(operation.document_id)
        if operation.query is None:
            return self._find(operation.sha256 or "")
        if self._only:
            raise DocumentNotFound("Only trusted documents are run: send a documentId.", "PERSISTED_QUERY_ID_REQUIRED")
        if operation.sha256 is not None and operation.sha256 != _sha256(operation.query):
            raise DocumentNotFound("provided sha does not match query", "BAD_USER_INPUT")
        return operation.query

    def keep(self, operation: Operation) -> None:
        """For an operation with a valid document: whoever sends its hash from now on need not send it."""
        if operation.sha256 is None or operation.query is None or len(operation.query) > MAX_DOCUMENT_BYTES:
            return
        self._sent[operation.sha256] = operation.query
        self._sent.move_to_end(operation.sha256)
        if len(self._sent) > MAX_DOCUMENTS:
            self._sent.popitem(last=False)

    def _find_trusted(self, id: str) -> str:
        if id not in self._trusted:
            raise DocumentNotFound("There is no trusted document of this id.", "PERSISTED_QUERY_NOT_FOUND")
        return self._trusted[id]

    def _find(self, sha256: str) -> str:
        if sha256 in self._trusted:
            return self._trusted[sha256]
        if self._only:
            raise DocumentNotFound("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED", 200)
        if sha256 not in self._sent:
            raise DocumentNotFound("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND", 200)
        self._sent.move_to_end(sha256)
        return self._sent[sha256]


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
