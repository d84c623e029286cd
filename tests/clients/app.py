"""The app in this folder, built from its sources and the schema."""

from pathlib import Path

from tests.testkit.forked import ROOT
from tests.testkit.node import NodeProject

PROJECT = NodeProject(Path(__file__).parent)
GENERATED = PROJECT.folder / "src" / "generated.ts"

_SCHEMA = ROOT / "schema.graphql"
_CONFIGURATION = ("codegen.mjs", "index.html", "package-lock.json", "package.json", "tsconfig.json")


def built() -> Path:
    """Return the folder of the app's pages: types generated and checked, sources bundled."""
    PROJECT.install()
    sources = [path for path in (PROJECT.folder / "src").iterdir() if path != GENERATED]
    configuration = [PROJECT.folder / name for name in _CONFIGURATION]
    PROJECT.make("app", [_SCHEMA, *sources, *configuration], _build)
    return PROJECT.folder / "dist"


def _build() -> None:
    for script in ("codegen", "check", "build"):
        PROJECT.run("npm", "run", script)
