"""The packages from npm that these tests run."""

from pathlib import Path

from tests.testkit.node import NodeProject

PACKAGES = NodeProject(Path(__file__).parent)
