"""Many readers of data that has not been fetched: the number of calls.

python -m tests.chaos.readers [--readers 200]
"""

import asyncio
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from tests.chaos.processes import trio
from tests.faults.fault import delayed

_CONTACTS = "query ($id: ID!) { contacts(filter: { accountIds: [$id] }) { totalCount } }"
_LINE = "GET /ringplan/texting/contacts"
_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Result:
    answers: int
    calls: int
    seconds: float


async def run(folder: Path, readers: int) -> Result:
    """The provider takes a second, so that all are there before it answers."""
    async with trio(folder) as three:
        three.ringplan.inject(delayed(_SECONDS), _LINE)
        begun = time.monotonic()
        asked = (three.client.data(_CONTACTS, id=three.accounts["ringplan"]) for _ in range(readers))
        answers = await asyncio.gather(*asked)
        seconds = time.monotonic() - begun
        return Result(len(answers), len(three.ringplan.lines(_LINE)), seconds)


@click.command()
@click.option("--readers", default=200, help="How many ask at once.")
def main(readers: int) -> None:
    with TemporaryDirectory() as folder:
        result = asyncio.run(run(Path(folder), readers))
    click.echo(f"{result.answers} readers of one cold key in {result.seconds:.1f} s: {result.calls} upstream call(s)")
    sys.exit(result.calls != 1)


if __name__ == "__main__":
    main()
