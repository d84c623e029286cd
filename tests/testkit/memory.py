"""The memory of a process, as Linux counts it."""

import os
from pathlib import Path


def resident_memory(pid: int | None = None) -> int:
    """In bytes; of this process without `pid`."""
    return _counted("VmRSS", pid)


def peak_memory(pid: int | None = None) -> int:
    """The most that it ever was."""
    return _counted("VmHWM", pid)


def _counted(key: str, pid: int | None) -> int:
    lines = Path(f"/proc/{pid or os.getpid()}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(f"{key}:"))) * 1024
