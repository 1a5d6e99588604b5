"""Compression tells nothing to another site. What pages weigh is measured in test_pages.py, on its walk."""

import gzip

import pytest

from tests.fixtures.people import Browser
from tests.web.weight import AS_A_BROWSER


@pytest.mark.parametrize(("site", "packed"), [
    ("same-origin", True), ("none", True), ("cross-site", False), ("same-site", False), ("", False),
])  # fmt: skip
def test_page_that_another_site_caused_is_not_compressed(site: str, packed: bool, admin: Browser) -> None:
    answer = admin.get("/search?q=guess", headers={"Accept-Encoding": "gzip", "Sec-Fetch-Site": site})
    assert (answer.headers.get("Content-Encoding") == "gzip") is packed


@pytest.mark.parametrize(("scheme", "packed"), [("http", True), ("https", False)])
def test_browser_that_does_not_say_who_asked_gets_it_compressed_only_in_clear(
    scheme: str, packed: bool, admin: Browser
) -> None:
    answer = admin.get("/search?q=guess", headers={"Accept-Encoding": "gzip"}, base_url=f"{scheme}://localhost")
    assert (answer.headers.get("Content-Encoding") == "gzip") is packed


def test_length_of_the_same_page_differs_each_time(admin: Browser) -> None:
    answers = [admin.get("/offline", headers=AS_A_BROWSER) for _time in range(12)]
    assert len({gzip.decompress(one.data) for one in answers}) == 1
    assert len({len(one.data) for one in answers}) > 3


def test_what_does_not_ask_for_it_is_sent_plain(admin: Browser) -> None:
    answer = admin.get("/search?q=guess")
    assert "Content-Encoding" not in answer.headers
    assert "Accept-Encoding" in answer.headers["Vary"]
