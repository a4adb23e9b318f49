"""One JSON object per line on standard output, for the app and for uvicorn; LOG_FORMAT=console is for people."""

import json
import logging
import sys
from datetime import UTC, datetime

from app.config import API_V1_PREFIX, LOG_FORMAT, LOG_LEVEL

PROBES = {f"{API_V1_PREFIX}/live", f"{API_V1_PREFIX}/health"}


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def is_not_a_probe(record: logging.LogRecord) -> bool:
    _client, _method, path, _http_version, _status = record.args
    return path not in PROBES


def configure_logging() -> None:
    handler = logging.StreamHandler(sys.stdout)
    readable = logging.Formatter("%(asctime)s %(levelname)-8s %(name)s: %(message)s")
    handler.setFormatter(readable if LOG_FORMAT == "console" else JsonFormatter())
    logging.basicConfig(level=LOG_LEVEL, handlers=[handler], force=True)
    # uvicorn has set up its loggers by now: send them the same way.
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(LOG_LEVEL)
    logging.getLogger("uvicorn.access").addFilter(is_not_a_probe)
