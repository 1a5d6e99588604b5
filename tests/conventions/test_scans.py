"""What a scanner finds: dangerous code, secrets in files, licences. All that is accepted is listed, with its reason."""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import cache

import pytest
from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.plugins.base import BasePlugin
from detect_secrets.settings import default_settings

from tests.conventions.accepted import DANGERS, KINDS_OF_NO_DANGER, LICENCES, LICENSED_OTHERWISE, MADE_UP
from tests.conventions.modules import ROOT
from tests.conventions.test_project import files, requirements

# Lock files hold nothing but checksums; the catalogue is text; this list is what was found.
NOT_SCANNED = ("requirements.txt", "package-lock.json", "messages.po", "accepted.py")
# An address is no secret, and what a test calls a password is one that it made up: there, only its form can tell.
ADDRESSES, NAMED = "Public IP (ipv4)", "Secret Keyword"
SHORTEST = 12
TIMEOUT_S = 900


def printed(*command: str) -> str:
    """Return what a tool of the test requirements prints."""
    call = [sys.executable, "-m", *command]
    return subprocess.run(call, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_S, check=False).stdout


@cache
def dangers() -> frozenset[tuple[str, str]]:
    """Return file and rule of each finding of bandit."""
    said = json.loads(printed("bandit", "-q", "-r", "webapp", "-f", "json", "-s", ",".join(KINDS_OF_NO_DANGER)))
    assert not said["errors"]
    return frozenset((one["filename"], one["test_id"]) for one in said["results"])


def test_no_code_is_dangerous_but_for_a_reason() -> None:
    assert sorted(dangers() - DANGERS.keys()) == []


def test_no_reason_outlives_its_danger() -> None:
    assert sorted(DANGERS.keys() - dangers()) == []


def test_no_remark_silences_the_scanner() -> None:
    """What is accepted stands in one place, where it is seen in a review."""
    word = "no" + "sec"
    assert [path.name for path in files() if path.suffix == ".py" and f"# {word}" in path.read_text("utf-8")] == []


def detectors(named: bool) -> list[BasePlugin]:
    with default_settings():
        kinds = get_mapping_from_secret_type_to_class()
        return [kinds[kind]() for kind in sorted(kinds) if kind != ADDRESSES and (named or kind != NAMED)]


@cache
def secrets() -> dict[str, list[str]]:
    """Return what looks like a secret -> where it stands. Each line is looked at once, however often it stands."""
    found: dict[str, list[str]] = defaultdict(list)
    for named in (True, False):
        looking, seen = detectors(named), dict[str, list[str]]()
        for where, line in lines(in_tests=not named):
            if line not in seen:
                seen[line] = list(values(looking, line))
            for value in seen[line]:
                found[value].append(where)
    return found


def lines(*, in_tests: bool) -> Iterator[tuple[str, str]]:
    """Yield each line of the project that may hold a secret, with its place."""
    for path in files():
        name = str(path.relative_to(ROOT))
        if name.startswith("tests/") == in_tests and not name.endswith(NOT_SCANNED):
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                if len(line) >= SHORTEST:
                    yield f"{name}:{number}", line.strip()


def values(looking: list[BasePlugin], line: str) -> Iterator[str]:
    for plugin in looking:
        for one in plugin.analyze_line(filename="", line=line, line_number=0):
            if one.secret_value:
                yield one.secret_value


def test_no_file_holds_a_secret() -> None:
    assert {value: places[:3] for value, places in secrets().items() if value not in MADE_UP} == {}


def test_nothing_is_accepted_as_made_up_that_no_longer_stands_anywhere() -> None:
    assert sorted(MADE_UP.keys() - secrets().keys()) == []


@pytest.mark.parametrize(
    "line",
    [
        "key = 'AKIA" + "QWERTYUIOPASDFGH'",
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "url = 'https://somebody:" + "Tr0ub4dor@db.internal/x'",
        "api_key = '" + "9c2f8e1b7a6d4f3e8c0b5a7d9e1f2a3b'",
    ],
)
def test_secret_is_found_in_a_test_as_in_the_program(line: str) -> None:
    assert list(values(detectors(named=False), line))


def test_password_in_the_program_is_found_by_its_name() -> None:
    assert list(values(detectors(named=True), "password = '" + "hunter2hunter2'"))


@cache
def licences() -> dict[str, str]:
    """Return package -> licence, of everything that the program brings along."""
    names = [line.partition("==")[0].partition("[")[0] for line in requirements("requirements.txt")]
    said = json.loads(printed("piplicenses", "--from=mixed", "--format=json", "--packages", *names))
    assert len(said) >= len(names) - 1, "the tool missed some"
    return {one["Name"].lower().replace("_", "-"): one["License"] for one in said}


def test_every_licence_lets_everybody_use_the_program() -> None:
    """Each of several that are named must, joined by AND, semicolon or OR."""
    wrong = {
        name: licence
        for name, licence in licences().items()
        if licence != LICENSED_OTHERWISE.get(name, ("", ""))[0]
        and not all(part.strip(" ()") in LICENCES for part in split(licence))
    }
    assert wrong == {}


def split(licence: str) -> list[str]:
    return licence.replace(" AND ", ";").replace(" OR ", ";").split(";")


def test_no_exception_is_made_for_a_package_that_needs_none() -> None:
    assert sorted(LICENSED_OTHERWISE.keys() - licences().keys()) == []
