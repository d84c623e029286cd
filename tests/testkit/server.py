"""Real `switchboard` processes, on ports that the operating system gives."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer

from tests.secret import assert_untold
from tests.testkit.forked import ROOT, ForkedCommand

_START_SECONDS = 60
_STOP_SECONDS = 15
_GREETINGS = {"serve": "Switchboard on ", "sandbox": "# Sandbox on "}


class Server:
    """A process that answers at `url`. Its log is in `log`, what it printed before it answered in `printed`."""

    def __init__(self, process: ForkedCommand, url: str, printed: str, log: Path) -> None:
        self.process = process
        self.url = url
        self.printed = printed
        self.log = log

    @property
    def websocket_url(self) -> str:
        return self.url.replace("http", "ws", 1)

    def stop(self) -> int:
        """Stop the server, wait for its exit, and return the exit code."""
        self.process.terminate()
        return self.process.wait(_STOP_SECONDS)

    def kill(self) -> None:
        """Kill the server with SIGKILL, as a power cut would."""
        self.process.kill()
        self.process.wait(_STOP_SECONDS)


def run(
    *arguments: str, folder: Path, environment: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a command from start to end, in `folder`."""
    with TemporaryDirectory() as temporary:
        errors = Path(temporary) / "stderr"
        command = ForkedCommand(arguments, folder=folder, environment=_environment(environment), errors=errors)
        with command.stdout, _killed_late(command):
            printed = command.stdout.read()
            code = command.wait(_STOP_SECONDS)
        return subprocess.CompletedProcess(arguments, code, printed, errors.read_text())


@contextmanager
def serving(
    folder: Path,
    configuration: str = "",
    *,
    command: str = "serve",
    port: int = 0,
    environment: Mapping[str, str] | None = None,
    descriptors: int | None = None,
) -> Iterator[Server]:
    """A server (`serve` or `sandbox`) that runs in `folder`, configured in TOML, as long as the context lasts.

    `descriptors` is how many files and sockets it may open. Given the same folder again, it finds what the last one
    left there. In the end no secret that a client used may be found in what a gateway printed, logged and kept.
    """
    log = folder / f"{command}.log"
    arguments = [command, "--port", str(port)]
    if command == "serve":
        (folder / "switchboard.toml").write_text(configuration)
        arguments += ["--config", "switchboard.toml"]
    process = ForkedCommand(
        arguments,
        folder=folder,
        environment=_environment(environment),
        errors=log,
        descriptors=descriptors,
    )
    with process.stdout:
        try:
            printed = _printed_until(process, _GREETINGS[command], log)
            yield Server(process, printed.rpartition(_GREETINGS[command])[2].split()[0], printed, log)
        finally:
            _end(process)
    if command == "serve":
        assert_untold(folder, printed, log.read_text())


def _environment(changes: Mapping[str, str] | None) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SWITCHBOARD_")}
    return {**inherited, "PYTHONPATH": str(ROOT), **(changes or {})}


def _printed_until(process: ForkedCommand, greeting: str, log: Path) -> str:
    """Return the output up to the greeting, which the server prints when it accepts requests."""
    lines: list[str] = []
    with _killed_late(process):
        for line in process.stdout:
            lines.append(line)
            if line.startswith(greeting):
                return "".join(lines)
    raise AssertionError(f"The server did not start:\n{log.read_text()}")


@contextmanager
def _killed_late(process: ForkedCommand) -> Iterator[None]:
    """Kill the process if the block takes longer than a start may."""
    too_late = Timer(_START_SECONDS, process.kill)
    too_late.start()
    try:
        yield
    finally:
        too_late.cancel()


def _end(process: ForkedCommand) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
