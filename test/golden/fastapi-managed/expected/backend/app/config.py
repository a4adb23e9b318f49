"""All configuration comes from the environment; nothing is read from files."""

import os


def required(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise RuntimeError(f"{name} is not set")
    return value


def listed(name: str) -> list[str]:
    """The values of a variable that has several, with commas between them."""
    return [value.strip() for value in os.environ.get(name, "").split(",") if value.strip()]


LOG_LEVEL = os.environ.get("LOG_LEVEL", "").upper() or "INFO"
LOG_FORMAT = os.environ.get("LOG_FORMAT") or "json"
API_V1_PREFIX = os.environ.get("API_V1_PREFIX") or "/api/v1"
