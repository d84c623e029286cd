"""The machine and the versions that figures hold for."""

import os
import platform
import sqlite3
from importlib.metadata import version
from pathlib import Path

_LIBRARIES = ("graphql-core", "strawberry-graphql", "SQLAlchemy", "uvicorn", "uvloop", "httptools", "pyreqwest")


def machine() -> dict[str, str]:
    return {
        "cores": str(os.cpu_count()),
        "CPU": _cpu_model(),
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        **{name: version(name) for name in _LIBRARIES},
    }


def _cpu_model() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()
