"""Responses (JSON, problem documents) and request bodies of the sandbox."""

from collections.abc import Sequence
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

B = TypeVar("B", bound=BaseModel)
T = TypeVar("T")

_TITLES = {400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 405: "Method Not Allowed", 409: "Conflict"}


class Refusal(Exception):
    """A documented failure: its status and its detail."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


def json_answer(content: object, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")


def problem(_: Request, error: Exception) -> Response:
    """Return the problem document of a Refusal, or of an unknown path or method."""
    if isinstance(error, Refusal):
        status, detail = error.status, error.detail
    else:
        status, detail = (error.status_code, error.detail) if isinstance(error, HTTPException) else (500, "")
    content = {"detail": detail, "status": status, "title": _TITLES.get(status, "Error"), "type": "about:blank"}
    return json_answer(content, status)


async def body_of(request: Request, shape: type[B]) -> B:
    """Parse the body, JSON or a form, as `shape`. Raise Refusal 400 if it is something else."""
    try:
        if "form" in request.headers.get("content-type", ""):
            async with request.form() as form:
                return shape.model_validate(dict(form))
        return shape.model_validate_json(await request.body())
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        raise Refusal(400, f"'{'.'.join(str(part) for part in fault['loc'])}': {fault['msg']}") from None


def mount_of(request: Request) -> str:
    """Return the URL at which the caller sees the sandbox."""
    return f"{request.url.scheme}://{request.url.netloc}{request.scope['root_path']}"


def page_of(rows: Sequence[T], request: Request) -> Sequence[T]:
    """Return the page of `rows` in the query: `page` from 1, `per_page` 20 by default."""
    page, per_page = _positive(request, "page", 1), _positive(request, "per_page", 20)
    return rows[(page - 1) * per_page : page * per_page]


def _positive(request: Request, name: str, default: int) -> int:
    text: Any = request.query_params.get(name, default)
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise Refusal(400, f"'{name}' is not a positive number")
    return value
