"""Brings the tables up to date when the gateway starts."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.storage.database import Database, Transaction

HEAD = "0006"
"""The newest step in `migrations/versions`."""

MIGRATIONS = Path(__file__).with_name("migrations")


async def migrate(database: Database) -> None:
    """Applies what is missing, all or nothing. Of several processes that start at once one does it and others wait."""
    async with database.read() as connection:
        if await applied(connection) == HEAD:
            return
    async with database.write() as transaction:
        await transaction.run_sync(_upgrade)


async def applied(connection: AsyncConnection) -> str | None:
    """The newest step that was applied; None before the first one."""
    if not await connection.run_sync(lambda there: inspect(there).has_table("alembic_version")):
        return None
    return (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one_or_none()


async def rewrite_version(transaction: Transaction) -> None:
    """A write that changes nothing: a full disk or a lock of others fails it as it fails any other."""
    await transaction.execute(text("UPDATE alembic_version SET version_num = version_num"))


def _upgrade(connection: Connection) -> None:
    # Alembic costs a tenth of a second to import, and is needed once in the life of a store.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    command.upgrade(config, "head")
