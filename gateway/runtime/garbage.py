"""Garbage collection of a process that serves."""

import gc

YOUNG_OBJECTS = 10_000
"""A response builds thousands of containers that are freed by their reference counts; Python's default looks for cycles
after every 700."""


def freeze_start() -> None:
    """Exempt what exists from collection: modules, schema and services live as long as the process.

    Call it when the start is over. Each full collection would otherwise visit a hundred thousand objects and more.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, *gc.get_threshold()[1:])
