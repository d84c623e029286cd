"""Programs in an interpreter of their own, which imports only what they do."""

import os
import subprocess
import sys
from pathlib import Path

from tests.testkit.forked import ROOT

_SECONDS = 60


def interpreted(
    program: str, *arguments: str, folder: Path | None = None, check: bool = True
) -> "subprocess.CompletedProcess[str]":
    """Run a program with the modules of the project. With `check`, raise CalledProcessError if it fails."""
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=check,
    )
