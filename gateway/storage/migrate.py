"""Migration of the tables when the gateway starts."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.storage.database import Database, Transaction

HEAD = "0009"
"""The newest migration in `migrations/versions`."""

MIGRATIONS = Path(__file__).with_name("migrations")


async def migrate(database: Database) -> None:
    """Apply missing migrations in one transaction. If several processes start at once, one does it and others wait."""
    async with database.read() as connection:
        if await applied(connection) == HEAD:
            return
    # Alembic takes a tenth of a second to import, and is needed once in the life of a store. It is imported before the
    # writer's turn begins: other processes wait for that no longer than for any lock.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    def upgrade(connection: Connection) -> None:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        command.upgrade(config, "head")

    async with database.write(is_long=True) as transaction:
        if await applied(transaction) != HEAD:  # unless another process did it meanwhile
            await transaction.run_sync(upgrade)


async def applied(connection: AsyncConnection) -> str | None:
    """Return the newest applied migration; None before the first one."""
    if not await connection.run_sync(lambda there: inspect(there).has_table("alembic_version")):
        return None
    return (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one_or_none()


async def rewrite_version(transaction: Transaction) -> None:
    """Write without a change: it fails on a full disk or a lock as any other write does."""
    await transaction.execute(text("UPDATE alembic_version SET version_num = version_num"))
