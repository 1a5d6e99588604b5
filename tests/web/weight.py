"""How much pages weigh as they are served, with and without what they load."""

import gzip
import re
from collections.abc import Iterator

from werkzeug.test import TestResponse

from tests.fixtures.people import Browser
from tests.web.walk import Walk
from webapp.models.operator import ADMIN
from webapp.web.compression import LEVEL, PADDING_MOST

AS_A_BROWSER = {"Accept-Encoding": "gzip, deflate, br", "Sec-Fetch-Site": "same-origin"}
# What stands in a fold is fetched when it is opened.
FOLD = re.compile(r"<details(?![^>]* open)[^>]*>.*?</details>", re.DOTALL)
LOADED = re.compile(r'<link [^>]*href="(/static/[^"]+)"|<(?:script|img) [^>]*src="(/(?:static|guide/img)/[^"]+)"')


def weigh(walk: Walk) -> Iterator[tuple[str, int, int]]:
    """Yield of each page of a walk: name, bytes of the page alone, bytes with all that it loads."""
    browser, files = walk.browsers[ADMIN], {}
    for name, answer in walk.answers.items():
        if answer.mimetype != "text/html":
            continue
        wanted = {one or two for one, two in LOADED.findall(FOLD.sub("", answer.text))}
        files |= {address: _file(browser, address) for address in wanted - files.keys()}
        alone = len(gzip.compress(answer.data, LEVEL)) + PADDING_MOST + _headers(answer)
        yield name, alone, alone + sum(files[address] for address in wanted)


def _file(browser: Browser, address: str) -> int:
    answer = browser.get(address, headers=AS_A_BROWSER)
    assert (answer.status_code, "max-age=31536000" in answer.headers["Cache-Control"]) == (200, True), address
    return len(answer.data) + _headers(answer)


def _headers(answer: TestResponse) -> int:
    return len(str(answer.headers).encode())
