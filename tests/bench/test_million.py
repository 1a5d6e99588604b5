"""What the steps of a provider on PostgreSQL say of how they grow; the steps themselves run in the bench alone."""

import socket

import pytest

from tests.bench import million
from tests.bench.million import Platform, Provider, Step, as_json, disk, table

SMALL, LARGE = 1_000, 10_000


def provider(size: int, power: float) -> Provider:
    """Return one whose import takes CPU as that power of its size, and whose calls take the same each."""
    steps = [Step(name, size, 2.0, (size / SMALL) ** power, 100.0) for name in ("import", "again", "plan")]
    steps.append(Step("deliver", 500, 1.0, 1.0, 100.0))
    return Provider(size, steps, dict.fromkeys(million.STEPS, 10.0), {"account": size / 1_000, "rest": 1.0})


@pytest.mark.parametrize(("power", "told"), [(1.0, "n^1.00"), (2.0, "n^2.00")])
def test_what_grows_faster_than_the_provider_is_told_by_its_exponent(power: float, told: str) -> None:
    found = [provider(SMALL, power), provider(LARGE, power)]
    made = table(found)
    cells = list(made.columns[6].cells)
    assert (cells[0], cells[1]) == ("-", told)
    assert made.row_count == len(million.STEPS) * 2
    # A call takes as long, however many others wait.
    assert cells[5] == "n^0.00"
    assert disk(found).row_count == 2
    assert as_json(found)[1]["bytes_each"]["account"] == pytest.approx(1_048.576)


def test_platform_takes_a_subscriber_and_shows_them_without_the_document_of_another() -> None:
    ours, theirs = socket.socketpair()
    platform = Platform(20)
    platform(theirs, b'POST /subscribers HTTP/1.1\r\n\r\n{"external_id": "sin-ab-7", "email": "a@example.com"}')
    assert b'"id": "7000007"' in ours.recv(4_096)
    platform(theirs, b"GET /subscribers?page=1&per_page=500 HTTP/1.1\r\n\r\n")
    page = ours.recv(65_536)
    assert b'"total": 20' in page
    assert b"document" not in page
    for end in (ours, theirs):
        end.close()
