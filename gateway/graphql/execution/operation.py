"""Operations as clients request them."""

from dataclasses import dataclass
from typing import TypeAlias

JsonObject: TypeAlias = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A request to run an operation of a document.

    The document is `query`, or it is identified: a trusted one by `document_id`, an automatic persisted query by
    `sha256`, its hash. With `query` and `sha256` it is to be stored by its hash. `name` chooses one of its operations.
    """

    query: str | None = None
    document_id: str | None = None
    sha256: str | None = None
    name: str | None = None
    variables: JsonObject | None = None
