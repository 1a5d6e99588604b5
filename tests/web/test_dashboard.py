"""The charts of the dashboard: spans, one platform or all, what is known and what is not."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from tests import factories
from tests.fixtures.people import Browser
from tests.web import measure_states
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Integration
from webapp.services.pages_charts import SPANS, points

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def integration(app: object) -> Integration:
    return factories.make_integration(description="NX da capital")


def drawings(browser: FlaskClient, address: str = "/") -> list[ElementTree.Element]:
    """Return the charts of a page."""
    text = browser.get(address).text
    parts = [part.partition("</svg>")[0] for part in text.split('<svg viewBox="0 0 480.0')[1:]]
    return [ElementTree.fromstring(f'<svg xmlns="{SVG[1:-1]}" viewBox="0 0 480.0{part}</svg>') for part in parts]


def words(drawing: ElementTree.Element) -> list[str]:
    return ["".join(text.itertext()) for text in drawing.iter(f"{SVG}text")]


def test_first_day_says_when_figures_come(admin: Browser, integration: Integration) -> None:
    text = admin.get("/").text
    assert ("appear within five minutes" in text or "em até cinco minutos" in text, drawings(admin)) == (True, [])


def test_hub_without_platforms_shows_no_charts(admin: Browser) -> None:
    assert 'id="charts"' not in admin.get("/").text


def test_each_chart_has_its_lines_names_at_their_ends_and_the_same_in_words(
    admin: Browser, integration: Integration
) -> None:
    measure_states.build(integration.id, factories.make_integration().id)
    found = drawings(admin)
    assert [len(list(one.iter(f"{SVG}path"))) for one in found] == [2, 1, 1, 1]
    subscribers = found[0]
    names = [name for name in words(subscribers) if name[:1].isalpha()]
    assert any("1.247" in name or "1,247" in name for name in names)
    told = subscribers.find(f"{SVG}desc")
    assert told is not None
    assert "1.24" in (told.text or "").replace(",", ".")


def test_time_of_which_nothing_is_known_breaks_the_line(admin: Browser, integration: Integration) -> None:
    measure_states.build(integration.id, factories.make_integration().id)
    day, week = drawings(admin, "/?range=24h"), drawings(admin, "/?range=7d")
    begins = [str(one[0].find(f"{SVG}path").get("d")).count("M") for one in (day, week)]  # type: ignore[union-attr]
    assert begins == [1, 2]


def test_figures_of_one_platform_or_of_all(integration: Integration) -> None:
    other, now = factories.make_integration(), utc_now()
    measure_states.add(integration.id, now, active=10, compared=100, differing=5)
    measure_states.add(other.id, now, active=4, compared=None, differing=None, calls=0, calls_ok=0, oldest_due_s=600)
    db.session.commit()
    found = [points(now, SPANS["7d"], one)[0] for one in (None, integration.id, other.id)]
    assert [(one.active, one.drift, one.success, one.oldest_due_s) for one in found] == [
        (14, 0.05, 0.98, 600), (10, 0.05, 0.98, 90), (4, None, None, 600),
    ]  # fmt: skip


def test_last_figure_of_a_step_counts_and_the_longest_wait(integration: Integration) -> None:
    now = utc_now()
    for minutes, active, waited in ((200, 1, 5_000), (100, 2, 60), (10, 3, 30)):
        measure_states.add(integration.id, now - timedelta(minutes=minutes), active=active, oldest_due_s=waited)
    measure_states.add(integration.id, now - timedelta(days=8), active=9)
    db.session.commit()
    (found,) = points(now, SPANS["7d"], None)
    assert (found.active, found.oldest_due_s) == (3, 5_000)


@pytest.mark.parametrize("address", ["/?range=never", "/?integration=abc", "/?integration=999999&range=1y"])
def test_address_typed_wrongly_shows_the_usual_page(admin: Browser, integration: Integration, address: str) -> None:
    assert admin.get(address).status_code == 200


def test_htmx_gets_the_charts_alone(admin: Browser, integration: Integration) -> None:
    text = admin.get("/?range=24h", hx=True).text
    assert text.lstrip().startswith('<div id="charts"')
    assert "NX da capital" in text
