import os

import redis
from fastapi import FastAPI

app = FastAPI()
store = redis.from_url(os.environ["REDIS_URL"])


@app.get("/health")
def health():
    return {"ok": store.ping()}
