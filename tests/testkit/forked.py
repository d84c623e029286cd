"""`switchboard` processes, forked from one that has imported the product: importing is most of what a start costs."""

import multiprocessing
import os
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from io import TextIOWrapper
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

ROOT = Path(__file__).parents[2]
_PRELOADED = ["gateway.commands.cli", "gateway.commands.sandbox", "gateway.commands.serve", "tests.testkit.forked"]


class ForkedCommand:
    """A running command, with the part of `subprocess.Popen` that tests use. Its stderr goes to the file `errors`."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        errors: Path,
        descriptors: int | None = None,
    ) -> None:
        reader, writer = multiprocessing.Pipe(duplex=False)
        self._process: ForkServerProcess = _context().Process(
            target=_run, args=(tuple(arguments), str(folder), dict(environment), writer, str(errors), descriptors)
        )
        self._process.start()
        writer.close()
        self.stdout: TextIOWrapper = os.fdopen(os.dup(reader.fileno()), "r", encoding="utf-8")
        reader.close()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        """Return the exit code. Raise subprocess.TimeoutExpired."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("switchboard", timeout)
        return self._process.exitcode

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()


def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


def _run(
    arguments: Sequence[str],
    folder: str,
    environment: Mapping[str, str],
    stdout: Connection,
    errors: str,
    descriptors: int | None,
) -> None:
    """Become the command: its folder, its environment, its files."""
    from gateway.commands.cli import main  # noqa: PLC0415 (the test process itself need not import it)

    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(stdout.fileno(), 1)
    stdout.close()
    log = os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 2)
    os.close(log)
    if descriptors is not None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
    if environment["PYTHONPATH"] != str(ROOT):
        # Other modules than the imported ones: that takes an interpreter of its own.
        os.execve(sys.executable, [sys.executable, "-m", "gateway", *arguments], dict(environment))
    sys.argv = ["switchboard", *arguments]
    main()
