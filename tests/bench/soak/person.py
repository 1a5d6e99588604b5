"""A person before the hub's pages, without a browser: signs in, looks, fills in forms as they stand."""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import requests

TIMEOUT_S = 120


class Form(HTMLParser):
    """The fields of a page's forms, with what stands in them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a field, or a choice that is made already."""
        found = dict(attrs)
        if tag == "input" and found.get("name") and (found.get("type") != "checkbox" or "checked" in found):
            self.fields[str(found["name"])] = found.get("value") or ""
        elif tag == "select":
            self._select = str(found.get("name") or "")
        elif tag == "option" and self._select and "selected" in found:
            self.fields[self._select] = found.get("value") or ""


class Person:
    """Somebody with a session of their own."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._session = requests.Session()
        self._session.trust_env = False

    def look(self, path: str) -> requests.Response:
        """Return a page.

        Raises:
            HTTPError: there is none.
        """
        answer = self._session.get(self._address + path, timeout=TIMEOUT_S)
        answer.raise_for_status()
        return answer

    def send(self, page: str, to: str = "", file: tuple[str, Path] | None = None, **values: str) -> requests.Response:
        """Send the form of a page, with these values in it; returns where it leads.

        Args:
            to: an address beside the page's own.
            file: a field, and what is uploaded in it.

        Raises:
            HTTPError: it was refused.
        """
        fields = Form(self.look(page).text).fields
        files = {file[0]: (file[1].name, file[1].read_bytes(), "text/csv")} if file else None
        address = urljoin(self._address, to or page)
        answer = self._session.post(address, data={**fields, **values}, files=files, timeout=TIMEOUT_S)
        answer.raise_for_status()
        return answer

    def sign_in(self, email: str, password: str) -> None:
        """Enter.

        Raises:
            HTTPError: not with this password.
        """
        self.send("/login", email=email, password=password)
        assert self.look("/customers").url.endswith("/customers"), "not signed in"

    def sign_out(self) -> None:
        """Leave."""
        self.send("/customers", to="/logout")
        self._session.close()
