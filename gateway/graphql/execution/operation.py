"""An operation as a client requests it."""

from dataclasses import dataclass
from typing import TypeAlias

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
