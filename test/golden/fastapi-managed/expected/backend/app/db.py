from sqlalchemy import BigInteger, CheckConstraint, Column, MetaData, SmallInteger, Table, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.config import required

metadata = MetaData()
visits = Table(
    "visits",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("total", BigInteger, nullable=False),
    CheckConstraint("id = 1"),
)

COUNT_VISIT = (
    insert(visits)
    .values(id=1, total=1)
    .on_conflict_do_update(index_elements=[visits.c.id], set_={"total": visits.c.total + 1})
    .returning(visits.c.total)
)


def create_engine() -> AsyncEngine:
    return create_async_engine(
        required("DATABASE_URL"),
        pool_pre_ping=True,  # replaces the connections that a Postgres restart broke
        pool_timeout=5,
        connect_args={"timeout": 5, "command_timeout": 15},
    )


async def ping(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))


async def count_visit(engine: AsyncEngine) -> int:
    async with engine.begin() as connection:
        return (await connection.execute(COUNT_VISIT)).scalar_one()
