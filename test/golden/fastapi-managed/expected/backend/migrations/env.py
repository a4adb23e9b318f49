import asyncio

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app.config import required
from app.db import metadata
from app.logs import configure_logging


def migrate(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        # Of two deployments at once, one waits and then finds nothing to do.
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('desk migrations'))"))
        context.run_migrations()


async def main() -> None:
    engine = create_async_engine(required("DATABASE_URL"), poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(migrate)


configure_logging()
asyncio.run(main())
