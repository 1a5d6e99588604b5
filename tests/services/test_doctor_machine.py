"""``doctor`` on what is around the hub: files and their owners, clocks, time zone, systemd, the proxy in front."""

import os
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from apiflask import APIFlask

from tests import factories
from tests.fixtures.people import Browser
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import db
from webapp.messages import explain
from webapp.models import Attempt, Integration
from webapp.services.clock_skew import MOST, skew_of
from webapp.services.doctor_clock import examine_clock, examine_skew
from webapp.services.doctor_finding import Finding
from webapp.services.doctor_places import examine_places
from webapp.services.doctor_server import examine_server


def told(findings: list[Finding]) -> dict[str, tuple[str, str]]:
    for one in findings:
        words = explain(one.code, one.params)
        assert "{" not in words.cause + words.remedy, one
        assert words.remedy or one.level == "ok", one
    return {one.name: (one.level, one.code) for one in findings}


@pytest.mark.usefixtures("app")
def test_files_that_others_can_read_or_own_are_named(settings: Settings) -> None:
    folder = settings.instance
    assert {level for level, _code in told(examine_places(settings)).values()} == {"ok"}
    (folder / "old-copy.db").touch(mode=0o644)
    (folder / "old-copy.db").chmod(0o644)
    assert told(examine_places(settings))["closed"][0] == "ok"
    folder.chmod(0o755)
    assert told(examine_places(settings))["closed"] == ("warn", "doctor_open")
    elsewhere = folder / "keys"
    elsewhere.touch()
    elsewhere.chmod(0o644)
    assert told(examine_places(replace(settings, keys_file=elsewhere)))["keys"][0] == "warn"


@pytest.mark.usefixtures("app")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_file_of_somebody_else_in_the_data_is_a_fault(settings: Settings) -> None:
    (settings.instance / "lost+found").mkdir()
    os.chown(settings.instance / "lost+found", 65534, 65534)
    assert told(examine_places(settings))["owner"][0] == "ok"
    os.chown(settings.instance / "secret.key", 65534, 65534)
    assert told(examine_places(settings))["owner"] == ("fail", "doctor_owner_foreign")


@pytest.mark.usefixtures("app")
def test_clock_and_zone_are_told(settings: Settings) -> None:
    found = told(examine_clock(settings))
    assert found.keys() == {"clock", "ntp", "zone"}
    (settings.instance / "elsewhere").symlink_to("/nowhere/at/all")
    assert told(examine_clock(settings))["clock"][0] == "ok"
    os.utime(settings.instance / "secret.key", (4e9, 4e9))
    assert told(examine_clock(settings))["clock"] == ("warn", "doctor_clock_back")


def answered(integration: Integration, ahead: timedelta, **headers: str) -> None:
    """Write down a call whose answer came now, by a clock that is so far from ours."""
    headers = headers or {"date": format_datetime(utc_now() - ahead, usegmt=True)}
    values = {"operation": "find", "started_at": utc_now(), "finished_at": utc_now(), "http_status": 200}
    db.session.add(Attempt(integration_id=integration.id, response={"headers": headers, "body": ""}, **values))
    db.session.commit()


@pytest.mark.parametrize(
    ("ahead", "code"),
    [(MOST * 2, "platform_clock_behind"), (-MOST * 2, "platform_clock_ahead"), (MOST / 2, "doctor_skew")],
)
def test_clock_of_a_platform_is_compared_by_its_last_answer(app: APIFlask, ahead: timedelta, code: str) -> None:
    integration = factories.make_integration()
    answered(integration, timedelta(hours=5))
    answered(integration, ahead)
    answered(integration, ahead, Server="no time here")
    assert told(examine_skew())["skew"] == ("ok" if code == "doctor_skew" else "warn", code)
    found = skew_of(integration)
    assert found is not None
    assert abs(found.ahead - ahead) < timedelta(seconds=3)


@pytest.mark.parametrize("date", ["yesterday", "", "Mon, 99 Foo 2026"])
def test_answer_without_a_time_that_can_be_read_says_nothing(app: APIFlask, date: str) -> None:
    integration = factories.make_integration()
    answered(integration, timedelta(0), Date=date)
    assert skew_of(integration) is None
    assert told(examine_skew())["skew"] == ("ok", "doctor_skew_none")


def test_clock_that_differs_stands_on_the_page_of_the_integration(app: APIFlask, admin: Browser) -> None:
    integration = factories.make_integration()
    page = f"/integrations/{integration.id}"
    assert "timedatectl" not in admin.get(page).text
    answered(integration, timedelta(minutes=7))
    assert "timedatectl" in admin.get(page).text


@pytest.mark.parametrize(
    ("base_url", "proxies", "code"),
    [
        ("", 0, "doctor_front_none"),
        ("", 1, "doctor_front_nameless"),
        ("http://hub.provedor.example", 1, "doctor_front_plain"),
        ("http://127.0.0.1:8000", 0, "doctor_front"),
        ("https://hub.provedor.example", 0, "doctor_front_unknown"),
        ("https://hub.provedor.example", 1, "doctor_front"),
    ],
)
def test_address_and_proxies_that_do_not_fit_are_told(
    app: APIFlask, settings: Settings, tmp_path: Path, base_url: str, proxies: int, code: str
) -> None:
    seen = told(examine_server(replace(settings, base_url=base_url, proxies=proxies), tmp_path / "no.service"))
    assert seen["front"][1] == code
    assert seen["service"] == ("ok", "doctor_service_none")


@pytest.mark.parametrize(
    ("unit", "code"),
    [("Type=notify\nWatchdogSec=60\n", "doctor_service"), ("Type=simple\nExecStart=/x\n", "doctor_unwatched")],
)
def test_unit_without_a_watchdog_is_told(
    app: APIFlask, settings: Settings, tmp_path: Path, unit: str, code: str
) -> None:
    path = tmp_path / "sintonia.service"
    path.write_text(f"[Service]\n{unit}")
    assert told(examine_server(settings, path))["service"][1] == code
