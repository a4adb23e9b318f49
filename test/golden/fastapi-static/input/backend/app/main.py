import os

from fastapi import APIRouter, FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

engine = create_async_engine(os.environ["DATABASE_URL"])
router = APIRouter(prefix="/api")


@router.get("/health")
async def health() -> dict[str, str]:
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
    return {"status": "ok"}


@router.get("/sensors")
async def sensors() -> list[dict[str, object]]:
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT name, celsius FROM sensors"))
        return [dict(row) for row in rows.mappings()]


app = FastAPI(title="Sensors")
app.include_router(router)
