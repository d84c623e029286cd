"""Running Alembic, which needs SQLAlchemy, on a connection of the store's writer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import StaticPool

from gateway.storage.database import Database
from gateway.storage.errors import driver_error, translated
from gateway.storage.transaction import TAKE_TURN

MIGRATIONS = Path(__file__).parent

_ENGINES = {"sqlite": "sqlite+aiosqlite://", "postgresql": "postgresql+asyncpg://"}
_BEGIN = {
    "sqlite": ("BEGIN IMMEDIATE",),
    "postgresql": (TAKE_TURN, "SET LOCAL statement_timeout = 0"),
}


async def upgrade(database: Database, step: str = "head") -> None:
    """Apply the migrations up to `step` in one transaction."""
    async with migrating(database) as connection:
        await connection.run_sync(_upgrade, step)


@asynccontextmanager
async def migrating(database: Database) -> AsyncIterator[AsyncConnection]:
    """Yield a connection of SQLAlchemy's in a transaction, in which no other writer writes. Commit after the block.

    Neither the transaction nor its statements have a limit of time.
    """
    async with database.writer.connection() as driver:

        async def connect() -> object:
            return driver

        engine = create_async_engine(
            _ENGINES[database.dialect.name], async_creator=connect, poolclass=StaticPool, hide_parameters=True
        )
        try:
            async with engine.begin() as connection:
                for statement in _BEGIN[database.dialect.name]:
                    await connection.exec_driver_sql(statement)
                yield connection
        except DBAPIError as error:
            with translated():
                raise driver_error(error.driver_exception) from None
        finally:
            await engine.dispose(close=False)


def _upgrade(connection: Connection, step: str) -> None:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    command.upgrade(config, step)
