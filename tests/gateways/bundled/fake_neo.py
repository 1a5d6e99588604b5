"""NEO, as far as anybody knows: it is told nothing, and asks the provider at every log-in."""

from tests.fixtures.people import Browser


class FakeNeo:
    """A platform that knows one address: the callback that the provider sent to it.

    Attributes:
        url: path of the provider's callback, as the list of integrations shows it.
        answers: (status, body) of every log-in that was asked about.
    """

    def __init__(self, browser: Browser, url: str) -> None:
        self.url = url
        self.answers: list[tuple[int, object]] = []
        self._browser = browser

    def log_in(self, user: str, password: str, product: str = "") -> bool:
        """Ask the provider whether somebody may watch; only 200 lets in."""
        fields = {"user": user, "pass": password} | ({"product": product} if product else {})
        response = self._browser.post(self.url, data=fields, csrf=False)
        self.answers.append((response.status_code, response.json))
        return bool(response.status_code == 200)
