import pytest

from app.readings import number


@pytest.mark.parametrize(
    ("payload", "value"), [(b"21.5", 21.5), ("-3", -3.0), (7, 7.0), (b"warm", None), (None, None)]
)
def test_a_payload_is_a_number_or_ignored(payload: object, value: float | None) -> None:
    assert number(payload) == value
