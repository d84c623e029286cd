"""Real `switchboard` processes, on ports that the operating system gives."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

from tests.secret import assert_untold

ROOT = Path(__file__).parents[1]

_START_SECONDS = 60
_STOP_SECONDS = 15
_GREETINGS = {"serve": "Switchboard on ", "sandbox": "# Sandbox on "}


class Server:
    """A process that answers at `url`. Its log is in `log`, what it printed before it answered in `printed`."""

    def __init__(self, process: "subprocess.Popen[str]", url: str, printed: str, log: Path) -> None:
        self.process = process
        self.url = url
        self.printed = printed
        self.log = log

    @property
    def websocket_url(self) -> str:
        return self.url.replace("http", "ws", 1)

    def stop(self) -> int:
        """Asks it to stop, waits until it has, and gives its exit code."""
        self.process.terminate()
        return self.process.wait(_STOP_SECONDS)

    def kill(self) -> None:
        """Ends it as a power cut would."""
        self.process.kill()
        self.process.wait(_STOP_SECONDS)


def run(
    *arguments: str, folder: Path, environment: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """A command from start to end, in `folder`."""
    return subprocess.run(
        _command(arguments),
        cwd=folder,
        env=_environment(environment),
        capture_output=True,
        text=True,
        timeout=_START_SECONDS,
        check=False,
    )


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
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [*([] if descriptors is None else ["prlimit", f"--nofile={descriptors}"]), *_command(arguments)],
            cwd=folder,
            env=_environment(environment),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            printed = _printed_until(process, _GREETINGS[command], log)
            yield Server(process, printed.rpartition(_GREETINGS[command])[2].split()[0], printed, log)
        finally:
            _end(process)
    if command == "serve":
        assert_untold(folder, printed, log.read_text())


def _command(arguments: list[str] | tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", "gateway", *arguments]


def _environment(changes: Mapping[str, str] | None) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SWITCHBOARD_")}
    return {**inherited, "PYTHONPATH": str(ROOT), **(changes or {})}


def _printed_until(process: "subprocess.Popen[str]", greeting: str, log: Path) -> str:
    """What it prints up to its greeting, which it prints when it answers."""
    lines: list[str] = []
    too_late = Timer(_START_SECONDS, process.kill)
    too_late.start()
    try:
        for line in process.stdout or ():
            lines.append(line)
            if line.startswith(greeting):
                return "".join(lines)
    finally:
        too_late.cancel()
    raise AssertionError(f"The server did not start:\n{log.read_text()}")


def _end(process: "subprocess.Popen[str]") -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
