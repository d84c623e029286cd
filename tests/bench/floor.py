"""The floor: a bare Starlette route that sends what a file holds. `python -m tests.bench.floor FILE` prints its URL."""

import asyncio
import sys
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.aio.admission import Admission
from gateway.config import Connections
from gateway.runtime.listener import listen, port_of
from gateway.runtime.server import serve_until_stopped


def bare(path: Path) -> Starlette:
    body = path.read_bytes()

    async def send(request: Request) -> Response:
        await request.body()
        return Response(body, media_type="application/json")

    return Starlette(routes=[Route("/", send, methods=["POST"])])


async def serve(path: Path) -> None:
    with listen("127.0.0.1", 0) as listener:
        url = f"http://127.0.0.1:{port_of(listener)}/"
        await serve_until_stopped(
            bare(path),
            listener,
            asyncio.Event(),
            lambda: print(url, flush=True),
            admission=Admission(Connections().limits),
        )


if __name__ == "__main__":
    import uvloop

    uvloop.run(serve(Path(sys.argv[1])))
