"""Operations as clients request them: with their document, or with an id or hash that identifies it.

The documents that are identified are trusted documents and automatic persisted queries.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from graphql import GraphQLError

JsonObject: TypeAlias = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """`query` is None if `document_id` or `sha256`, the hash of an automatic persisted query, identifies it."""

    query: str | None = None
    document_id: str | None = None
    name: str | None = None
    variables: JsonObject | None = None
    extensions: JsonObject | None = None

    @property
    def sha256(self) -> str | None:
        match (self.extensions or {}).get("persistedQuery"):
            case {"version": 1, "sha256Hash": str(digest)}:
                return digest
        return None


MAX_DOCUMENTS = 512
MAX_DOCUMENT_BYTES = 32 * 1024


class DocumentNotFound(Exception):
    """No document may run for this operation. `status` is HTTP's: Apollo's clients expect 200 and resend with it."""

    def __init__(self, message: str, code: str, status: int = 400) -> None:
        super().__init__(message)
        self.error = GraphQLError(message, extensions={"code": code})
        self.status = status


class PersistedDocuments:
    """Finds the document of an operation that identifies it.

    `trusted` documents have ids: the operator's manifest lists them. With `only_trusted` no other document runs.
    Automatic persisted queries have hashes: a client sends one once with its hash, and then the hash alone. This
    process stores those that were used last.
    """

    def __init__(self, trusted: Mapping[str, str] | None = None, *, only_trusted: bool = False) -> None:
        self._trusted = trusted or {}
        self._only_trusted = only_trusted
        self._by_sha256: OrderedDict[str, str] = OrderedDict()

    def source(self, operation: Operation) -> str:
        """Return the document that the operation sends or identifies. Raise DocumentNotFound."""
        if operation.document_id is not None:
            return self._find_trusted(operation.document_id)
        if operation.query is None:
            return self._find(operation.sha256 or "")
        if self._only_trusted:
            raise DocumentNotFound(
                "Only trusted documents are allowed. Send documentId instead of query.", "PERSISTED_QUERY_ID_REQUIRED"
            )
        if operation.sha256 is not None and operation.sha256 != _sha256(operation.query):
            raise DocumentNotFound("provided sha does not match query", "BAD_USER_INPUT")  # Apollo's words
        return operation.query

    def store(self, operation: Operation) -> None:
        """Store the query of an operation that sends it with its hash. Call it for valid documents alone."""
        if operation.sha256 is None or operation.query is None or len(operation.query) > MAX_DOCUMENT_BYTES:
            return
        self._by_sha256[operation.sha256] = operation.query
        self._by_sha256.move_to_end(operation.sha256)
        if len(self._by_sha256) > MAX_DOCUMENTS:
            self._by_sha256.popitem(last=False)

    def _find_trusted(self, id: str) -> str:
        if id not in self._trusted:
            raise DocumentNotFound("documentId names no trusted document.", "PERSISTED_QUERY_NOT_FOUND")
        return self._trusted[id]

    def _find(self, sha256: str) -> str:
        if sha256 in self._trusted:
            return self._trusted[sha256]
        # Apollo's clients compare these two messages, and not the codes.
        if self._only_trusted:
            raise DocumentNotFound("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED", 200)
        if sha256 not in self._by_sha256:
            raise DocumentNotFound("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND", 200)
        self._by_sha256.move_to_end(sha256)
        return self._by_sha256[sha256]


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
