"""What devices send: every message below sensors/ with a number in it becomes a row."""

import asyncio
import logging
import os
import ssl
from datetime import UTC, datetime

from aiomqtt import Client, MqttError
from sqlalchemy import Column, DateTime, Float, Table, Text, insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.config import required
from app.db import metadata

log = logging.getLogger(__name__)

# A shared subscription: of several workers, one gets each message.
TOPIC = "$share/backend/sensors/#"
RETRY_SECONDS = 5

readings = Table(
    "readings",
    metadata,
    Column("time", DateTime(timezone=True), nullable=False),
    Column("topic", Text, nullable=False),
    Column("value", Float, nullable=False),
)


def connect() -> Client:
    return Client(
        required("MQTT_HOST"),
        int(required("MQTT_PORT")),
        username=required("MQTT_USERNAME"),
        password=required("MQTT_PASSWORD"),
        tls_context=ssl.create_default_context(cafile=os.environ.get("MQTT_CA_FILE")),
    )


async def collect(engine: AsyncEngine) -> None:
    """Listens for as long as the app runs; a broker that is away is asked again."""
    while True:
        try:
            async with connect() as broker:
                await broker.subscribe(TOPIC, qos=1)
                log.info("listening to %s", TOPIC)
                async for message in broker.messages:
                    await store(engine, str(message.topic), message.payload)
        except (MqttError, OSError) as error:
            log.warning("no broker, next try in %s s: %s", RETRY_SECONDS, error)
            await asyncio.sleep(RETRY_SECONDS)


async def store(engine: AsyncEngine, topic: str, payload: object) -> None:
    value = number(payload)
    if value is None:
        log.warning("not a number on %s", topic)
        return
    try:
        async with engine.begin() as connection:
            row = {"time": datetime.now(UTC), "topic": topic, "value": value}
            await connection.execute(insert(readings).values(row))
    except (SQLAlchemyError, OSError) as error:
        log.error("a reading of %s is lost: %s", topic, type(error).__name__)


def number(payload: object) -> float | None:
    try:
        return float(payload)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None


async def latest(engine: AsyncEngine, count: int) -> list[dict]:
    query = select(readings).order_by(readings.c.time.desc()).limit(count)
    async with engine.connect() as connection:
        rows = (await connection.execute(query)).all()
    return [{"time": row.time.isoformat(), "topic": row.topic, "value": row.value} for row in rows]
