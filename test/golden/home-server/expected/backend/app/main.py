import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from app import db, readings
from app.logs import configure_logging

configure_logging()
log = logging.getLogger(__name__)

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>greenhouse</title>
<h1>greenhouse</h1>
<p>Visits: %s</p>
</html>
"""


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[dict]:
    # Neither connects yet: the app may start before its database does.
    engine = db.create_engine()
    collector = asyncio.create_task(readings.collect(engine))
    log.info("health: GET /api/ready")
    yield {"engine": engine}
    collector.cancel()
    await asyncio.gather(collector, return_exceptions=True)
    await engine.dispose()


app = FastAPI(title="greenhouse", lifespan=lifespan)


@app.get("/api/", response_class=HTMLResponse)
async def home(request: Request) -> Response:
    visits = await db.count_visit(request.state.engine)
    headers = {"cache-control": "no-store", "vary": "accept"}
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"visits": visits}, headers=headers)
    return HTMLResponse(PAGE % visits, headers=headers)


@app.get("/api/readings")
async def latest_readings(request: Request) -> list[dict]:
    return await readings.latest(request.state.engine, 100)


@app.get("/api/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/api/ready")
async def ready(request: Request) -> JSONResponse:
    postgres = await check("postgres", db.ping(request.state.engine))
    healthy = postgres == "ok"
    return JSONResponse(
        {
            "status": "ok" if healthy else "error",
            "checks": {"postgres": postgres},
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
