"""Output of `make install` with a Python that only pretends to install, and of the matrix of Python versions."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.testkit.forked import ROOT

PIP = """#!/bin/sh
case " $* " in
  *" --quiet "* | *" -q "*) ;;
  *) echo "pip: $*" ;;
esac
"""
PYTHON = """#!/bin/sh
if [ "$1 $2" = "-m venv" ]; then mkdir -p "$3/bin" && cp "$0-of-venv" "$3/bin/python"; fi
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A fresh checkout, beside a Python whose pip installs nothing and prints what it is asked for."""
    for name, text in {"python": PYTHON, "python-of-venv": PIP}.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    checkout = tmp_path / "checkout"
    shutil.copytree(ROOT / ".ci", checkout / ".ci")
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, checkout)
    return checkout


def test_make_shows_what_it_installs_while_it_does(checkout: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    made = subprocess.run(
        ["make", f"PYTHON={checkout.parent / 'python'}", "install"],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = made.stdout.splitlines()
    assert lines[0].startswith("Setting up .venv")
    for installed in ("requirements-pip.txt", "requirements.txt", "--editable"):
        assert any(line.startswith("pip: ") and installed in line for line in lines), installed


def test_the_matrix_names_the_python_versions_that_are_not_installed() -> None:
    result = subprocess.run(
        [ROOT / ".ci" / "test-matrix"],
        env={**os.environ, "VERSIONS": "3.98 3.99"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stdout == "Python versions passed: none; failed: none; not installed: 3.98 3.99.\n"
