from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from app.main import app


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    # Nothing listens on port 1, so these tests need no services.
    monkeypatch.setenv("DATABASE_URL", "postgresql+asyncpg://nobody:hunter2@127.0.0.1:1/nothing")
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client


def test_live_answers_without_any_service(client: TestClient) -> None:
    response = client.get("/api/v1/live")
    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


def test_health_says_what_is_unreachable(client: TestClient) -> None:
    response = client.get("/api/v1/health")
    assert response.status_code == 503
    assert response.json() == {
        "status": "error",
        "checks": {
            "postgres": "error: ConnectionRefusedError",
            "redis": "error: ConnectionError",
        },
    }


def test_home_without_its_database_fails_and_does_not_say_why(client: TestClient) -> None:
    response = client.get("/api/v1/")
    assert response.status_code == 500
    assert response.text == "Internal Server Error"


def test_a_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(RuntimeError, match="DATABASE_URL is not set"), TestClient(app):
        pass
