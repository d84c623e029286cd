"""`switchboard new-provider`: writes a new plug-in, a copy of `providers.testing.example` under another name."""

import re
from dataclasses import dataclass
from importlib.util import find_spec
from keyword import iskeyword
from pathlib import Path

import click

from gateway.commands.command_line import Failure
from providers.registry import plugin_names
from providers.testing import example

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_EXAMPLE_PACKAGE = "providers.testing.example"
# Not the "example" of addresses such as https://api.example.com.
_EXAMPLE_NAME = re.compile(r"\bexample\b(?!\.com)")
_SOURCE = Path(example.__path__[0])


@click.command(name="new-provider")
@click.argument("name")
@click.option("--into", type=click.Path(path_type=Path), default=Path(), help="Folder to create the plug-in in.")
@click.option("--tests", type=click.Path(path_type=Path), help="Folder to create its tests in; else in the plug-in.")
def new_provider(name: str, into: Path, tests: Path | None) -> None:
    """Write the folder of a new plug-in that passes the contract kit.

    NAME is the plug-in's name and its package: lower-case letters, digits and underscores.
    """
    plugin = into / name
    scaffold = _Scaffold(name, plugin, tests / name if tests else plugin / "tests")
    if fault := scaffold.fault():
        raise Failure([fault])
    try:
        scaffold.write()
    except OSError as error:
        raise Failure([f"Can't write {error.filename}: {error.strerror}"]) from None
    click.echo(f"The plug-in {name} is in {plugin}: {plugin / 'README.md'} has the next steps.")


@dataclass(frozen=True, slots=True)
class _Scaffold:
    """A plug-in to be written to the folder `plugin`, its tests to `tests`."""

    name: str
    plugin: Path
    tests: Path

    def fault(self) -> str | None:
        """Return why the plug-in can't be written, for the operator; None if it can."""
        if not _NAME.fullmatch(self.name) or iskeyword(self.name):
            return (
                f"{self.name!r} is no name for a plug-in: it takes 1 to 32 lower-case letters, digits and underscores, "
                "begins with a letter and is no Python keyword."
            )
        if self.name in plugin_names():
            return f"There is a plug-in {self.name} already."
        if not self.plugin.parent.is_dir():
            return f"There is no folder {self.plugin.parent}."
        for path in (self.plugin, self.plugin.with_suffix(".py"), self.tests):
            if path.exists():
                return f"{path} exists already."
        if self._package == self.name and find_spec(self.name):
            return f"{self.name} is the name of an installed Python module."
        return None

    def write(self) -> None:
        """Write the files. FileExistsError if another process created one of the folders meanwhile."""
        self.plugin.mkdir()
        for source in sorted(_SOURCE.rglob("*")):
            relative = source.relative_to(_SOURCE)
            if source.suffix in {".py", ".md"}:
                self._write(source, relative)

    def _write(self, source: Path, relative: Path) -> None:
        is_test = relative.parts[0] == "tests"
        path = self.tests / relative.relative_to("tests") if is_test else self.plugin / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x") as file:
            file.write(self._renamed(source.read_text()))

    def _renamed(self, text: str) -> str:
        title = "".join(part.capitalize() for part in self.name.split("_"))
        text = text.replace(_EXAMPLE_PACKAGE, self._package)
        return _EXAMPLE_NAME.sub(self.name, text).replace("Example", title)

    @property
    def _package(self) -> str:
        """The plug-in's dotted name: below the packages that its folder lies in."""
        names, folder = [self.name], self.plugin.resolve().parent
        while (folder / "__init__.py").exists():
            names.insert(0, folder.name)
            folder = folder.parent
        return ".".join(names)
