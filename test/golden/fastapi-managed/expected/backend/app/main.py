import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.trustedhost import TrustedHostMiddleware
from fastapi.responses import HTMLResponse, JSONResponse

from app import cache, db
from app.config import API_V1_PREFIX, listed, required
from app.logs import configure_logging

configure_logging()
log = logging.getLogger(__name__)

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>desk</title>
<h1>desk</h1>
<p>Visits: %s</p>
<p>Last visit: %s</p>
</html>
"""


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[dict]:
    # Neither connects yet: the app may start before its database does.
    engine, redis = db.create_engine(), cache.create_cache()
    log.info("health: GET /api/v1/health")
    yield {"engine": engine, "redis": redis}
    await redis.aclose()
    await engine.dispose()


app = FastAPI(title="desk", lifespan=lifespan)
# The health check of the container asks 127.0.0.1.
app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*listed("ALLOWED_HOSTS"), "127.0.0.1"])
app.add_middleware(
    CORSMiddleware,
    allow_origins=listed("CORS_ORIGINS"),
    allow_credentials=True,
    allow_methods=["*"],
    allow_headers=["*"],
)
api = APIRouter(prefix=API_V1_PREFIX)


@api.get("/", response_class=HTMLResponse)
async def home(request: Request) -> Response:
    visits = await db.count_visit(request.state.engine)
    last_visit = await cache.swap_last_visit(request.state.redis)
    headers = {"cache-control": "no-store", "vary": "accept"}
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"visits": visits}, headers=headers)
    return HTMLResponse(PAGE % (visits, last_visit or "unknown"), headers=headers)


@api.get("/login")
async def login() -> dict[str, str]:
    """Where the page sends people to log in."""
    return {"issuer": required("OAUTH_ISSUER_URL")}


@api.get("/live")
async def live() -> dict[str, str]:
    return {"status": "ok"}


@api.get("/health")
async def health(request: Request) -> JSONResponse:
    postgres, redis = await asyncio.gather(
        check("postgres", db.ping(request.state.engine)),
        check("redis", request.state.redis.ping()),
    )
    healthy = postgres == redis == "ok"
    return JSONResponse(
        {
            "status": "ok" if healthy else "error",
            "checks": {"postgres": postgres, "redis": redis},
        },
        status_code=200 if healthy else 503,
    )


async def check(name: str, ping: Awaitable) -> str:
    task = asyncio.ensure_future(ping)
    done, _ = await asyncio.wait([task], timeout=2)
    task.cancel()  # not awaited: giving up on a hung connection takes a while
    error = task.exception() if done else TimeoutError("no answer within 2 s")
    if error is None:
        return "ok"
    kind = type(error).__name__
    log.warning("%s is not healthy: %s: %s", name, kind, error)
    return f"error: {kind}"


app.include_router(api)
