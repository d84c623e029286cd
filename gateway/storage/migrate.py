"""Migration of the tables when the gateway starts."""

from gateway.storage.database import Database
from providers.domain.errors import StoreUnavailable

HEAD = "0012"
"""The newest migration in `migrations/versions`."""

_HAS_VERSION = {
    "sqlite": "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'",
    "postgresql": "SELECT 1 WHERE to_regclass('alembic_version') IS NOT NULL",
}


async def migrate(database: Database) -> None:
    """Apply missing migrations in one transaction. If several processes start at once, one does it and others wait.

    Raise StoreUnavailable for a store of a later version.
    """
    newest = await applied(database)
    if newest == HEAD:
        return
    if newest is not None and newest > HEAD:
        raise StoreUnavailable("The store was migrated by a later version, and there is no downgrade.")
    # SQLAlchemy and Alembic take half a second to import, and are needed once in the life of a store.
    from gateway.storage.migrations.upgrade import upgrade  # noqa: PLC0415

    await upgrade(database)


async def applied(database: Database) -> str | None:
    """Return the newest applied migration; None before the first one."""
    if not await database.select(_HAS_VERSION[database.dialect.name]):
        return None
    versions = await database.select("SELECT version_num FROM alembic_version")
    return versions[0][0] if versions else None


REWRITE_VERSION = "UPDATE alembic_version SET version_num = version_num"
"""Writes without a change: it fails on a full disk or a lock as any other write does."""
