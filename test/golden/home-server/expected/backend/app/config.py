"""All configuration comes from the environment; nothing is read from files."""

import os


def required(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise RuntimeError(f"{name} is not set")
    return value


LOG_LEVEL = os.environ.get("LOG_LEVEL", "").upper() or "INFO"
LOG_FORMAT = os.environ.get("LOG_FORMAT") or "json"
