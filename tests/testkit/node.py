"""Projects for Node: a folder with the packages that its `package.json` and `package-lock.json` pin."""

import fcntl
import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

NODE = shutil.which("node")
NPM = shutil.which("npm")

needs_node = pytest.mark.skipif(NODE is None or NPM is None, reason="node or npm is not installed")

_INSTALL_SECONDS = 300
_CHECK_SECONDS = 200


@dataclass(frozen=True, slots=True)
class NodeProject:
    """Packages and builds in `folder` stay there, ignored by version control, until their sources change.

    Processes take turns.
    """

    folder: Path

    def install(self) -> None:
        self.make("packages", [self.folder / "package-lock.json"], self._install)

    def make(self, name: str, sources: Iterable[Path], make: Callable[[], None]) -> None:
        """Call `make`, if it has not succeeded yet with what is in the files `sources`."""
        made = self.folder / "node_modules" / f".{name}"
        wanted = _digest(sources)
        with (self.folder / "package.json").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.exists() or made.read_text() != wanted:
                make()
                made.write_text(wanted)

    def run(self, *command: str, given: str = "", seconds: float = _CHECK_SECONDS) -> str:
        """Return what a command prints; it has to succeed."""
        done = subprocess.run(
            command, cwd=self.folder, input=given, capture_output=True, text=True, timeout=seconds, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def faults(self, script: str, *arguments: str) -> dict[str, str | None]:
        """Return the fault of each check of a script, by the check's name; None if it passed."""
        lines = [json.loads(line) for line in self.run("node", script, *arguments).splitlines()]
        return {line["name"]: line["fault"] for line in lines}

    def answer(self, script: str, question: object) -> Any:
        """Return what a script prints, as JSON, when it is given `question` as JSON."""
        return json.loads(self.run("node", script, given=json.dumps(question)))

    def _install(self) -> None:
        self.run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", seconds=_INSTALL_SECONDS)


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(str(path).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
