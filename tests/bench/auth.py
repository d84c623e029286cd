"""Authentication: what an API key costs more than a JWT, per request."""

from collections.abc import AsyncIterator
from pathlib import Path

from tests.bench.figures import NO_BOUND, Bound, Figure, Group
from tests.bench.load import Effort, Request, compare
from tests.bench.product import AUTHENTICATED, product
from tests.testkit.server import run
from tests.testkit.token import token_of

_QUERY = "{ viewer { userId } }"


async def measure_auth(folder: Path, effort: Effort) -> AsyncIterator[Group]:
    """Yield the CPU time of a request with a JWT, and what is added to it if it has an API key instead."""
    with product(folder, AUTHENTICATED) as target, product(folder / "open") as opened:
        key = _new_key(folder)
        by_jwt, by_key = (
            Request(_QUERY, headers={"authorization": f"Bearer {each}"}) for each in (token_of("ada"), key)
        )
        requests = [(target, by_key), (target, by_jwt), (opened, Request(_QUERY))]
        key_cost, jwt_cost, open_cost = (cost.cpu_milliseconds for cost in await compare(requests, effort))
    yield Group(
        "Authentication, 16 at once",
        "floor",
        [
            _figure("JWT over none", jwt_cost - open_cost),
            _figure("API key over JWT", key_cost - jwt_cost, Bound(required=0.02, aim=0)),
        ],
    )


def _figure(name: str, milliseconds: float, bound: Bound = NO_BOUND) -> Figure:
    return Figure(name=name, unit="CPU ms", product=milliseconds, bound=bound)


def _new_key(folder: Path) -> str:
    created = run("key", "create", "--config", "switchboard.toml", "--user", "ada", folder=folder)
    if created.returncode:
        raise RuntimeError(created.stderr)
    return created.stdout.splitlines()[-1]
