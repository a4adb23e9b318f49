import logging
from datetime import UTC, datetime

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from app.config import required

log = logging.getLogger(__name__)


def create_cache() -> Redis:
    return Redis.from_url(
        required("REDIS_URL"),
        decode_responses=True,
        socket_connect_timeout=0.5,
        socket_timeout=0.5,
        retry=Retry(NoBackoff(), 1),  # once more, for a connection that a restart broke
    )


async def swap_last_visit(cache: Redis) -> str | None:
    """Notes the time and returns the one noted before. Nice to have: None without Redis."""
    try:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return await cache.set("desk:last-visit", now, get=True)
    except RedisError as error:
        log.warning("the last visit is unknown: %s", error)
        return None
