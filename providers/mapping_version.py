"""Mapping versions: which code and settings make entities of a provider's responses."""

from collections.abc import Iterator
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from providers.api.provider import Provider, ProviderSettings

_SHARED = ("providers.api", "providers.domain")


def mapping_version(plugin: type[Provider], settings: ProviderSettings, tables: str) -> str:
    """Return a version that changes with the plug-in's code, what it shares with others, and its settings.

    `tables` is the version of the store's tables: after a migration there may be more to store of a response.
    """
    version = sha256(tables.encode())
    # Secrets are dumped as asterisks; no entity depends on them.
    version.update(settings.model_dump_json(exclude={"http"}).encode())
    for name in (plugin.__module__.rpartition(".")[0] or plugin.__module__, *_SHARED):
        for source in _sources(name):
            version.update(source.read_bytes())
    return version.hexdigest()


def _sources(name: str) -> Iterator[Path]:
    """Yield the source files of a package, or the one of a module, but not those of packages below it."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        return
    origin = Path(spec.origin)
    yield from sorted(origin.parent.glob("*.py")) if spec.submodule_search_locations else [origin]
