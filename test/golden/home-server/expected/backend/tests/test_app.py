from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from app.main import app


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    # Nothing listens on port 1, so these tests need no services.
    monkeypatch.setenv("DATABASE_URL", "postgresql+asyncpg://nobody:hunter2@127.0.0.1:1/nothing")
    for name, value in {"HOST": "127.0.0.1", "PORT": "1", "USERNAME": "a", "PASSWORD": "b"}.items():
        monkeypatch.setenv(f"MQTT_{name}", value)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def test_health_answers_without_any_service(client: TestClient) -> None:
    response = client.get("/api/health")
    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


def test_ready_says_what_is_unreachable(client: TestClient) -> None:
    response = client.get("/api/ready")
    assert response.status_code == 503
    assert response.json() == {
        "status": "error",
        "checks": {
            "postgres": "error: ConnectionRefusedError",
        },
    }


def test_home_without_its_database_fails_and_does_not_say_why(client: TestClient) -> None:
    response = client.get("/api/")
    assert response.status_code == 500
    assert response.text == "Internal Server Error"


def test_a_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(RuntimeError, match="DATABASE_URL is not set"), TestClient(app):
        pass
