"""Manifests of trusted documents, in the formats of client compilers."""

from pathlib import Path

import orjson


def read_trusted_documents(path: Path) -> dict[str, str]:
    """Read documents by id from Relay's persist file (`{id: document}`) or Apollo's persisted query manifest.

    Raise ValueError with a message for the operator.
    """
    try:
        content = orjson.loads(path.read_bytes())
    except OSError as error:
        raise ValueError(f"can't be read: {error.strerror}") from None
    except orjson.JSONDecodeError:
        raise ValueError("expected JSON") from None
    documents = _documents(content)
    if documents is None:
        raise ValueError("expected Relay's {id: document} or Apollo's persisted query manifest")
    return documents


def _documents(content: object) -> dict[str, str] | None:
    match content:
        case {"format": "apollo-persisted-query-manifest", "operations": [*operations]}:
            pairs = [_pair(operation) for operation in operations]
        case dict():
            pairs = [(key, text) if isinstance(text, str) else None for key, text in content.items()]
        case _:
            return None
    documents = dict(pair for pair in pairs if pair is not None)
    return documents if len(documents) == len(pairs) else None


def _pair(operation: object) -> tuple[str, str] | None:
    match operation:
        case {"id": str(id), "body": str(body)}:
            return id, body
    return None
