"""Runs checks that are written for Node, with the packages that `package.json` pins."""

import fcntl
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
NODE = shutil.which("node")
NPM = shutil.which("npm")

_INSTALL_SECONDS = 300
_CHECK_SECONDS = 200


def install_packages() -> None:
    """Once, until other versions are wanted: into a folder that version control ignores."""
    modules = FOLDER / "node_modules"
    wanted = (FOLDER / "package.json").read_text()
    installed = modules / ".installed"
    modules.mkdir(exist_ok=True)
    with (modules / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not installed.exists() or installed.read_text() != wanted:
            _run(
                ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"], _INSTALL_SECONDS
            )
            installed.write_text(wanted)


def faults(script: str, *arguments: str) -> dict[str, str | None]:
    """Return the fault of each check of a script, by the check's name; None if it passed."""
    output = _run(["node", script, *arguments], _CHECK_SECONDS)
    lines = [json.loads(line) for line in output.splitlines()]
    return {line["name"]: line["fault"] for line in lines}


def answer(script: str, question: object) -> Any:
    """Return what a script prints, as JSON, when it is given `question` as JSON."""
    return json.loads(_run(["node", script], _CHECK_SECONDS, json.dumps(question)))


def _run(command: list[str], seconds: int, given: str = "") -> str:
    done = subprocess.run(
        command, cwd=FOLDER, input=given, capture_output=True, text=True, timeout=seconds, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
