"""Base URLs in settings."""

from typing import Annotated

from pydantic import AfterValidator, HttpUrl, TypeAdapter

_URL: TypeAdapter[HttpUrl] = TypeAdapter(HttpUrl)


def _base(text: str) -> str:
    url = _URL.validate_python(text)
    if url.query is not None or url.fragment is not None:
        raise ValueError("expected a URL without query and fragment")
    return str(url).rstrip("/")


WebAddress = Annotated[str, AfterValidator(_base)]
"""An http or https URL without query, fragment and trailing slash. Paths are appended to it."""
