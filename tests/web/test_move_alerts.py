"""An alert about a guided move leads to the page of that move, on the screen and in what channels are told."""

import pytest

from tests.factories import make_service
from tests.fixtures.people import Browser
from tests.services.activation_scene import BASE, reachable
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Alert, GuidedMove
from webapp.services.alert_texts import Told, write
from webapp.services.hub import current_hub
from webapp.services.timeline import view_timeline
from webapp.services.watchdogs import watch

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def held() -> GuidedMove:
    """A move that waits for a person, and is told of."""
    steps = [{"name": "asked", "at": utc_now().isoformat(), "by": "x"}]
    move = GuidedMove(
        kind="email", service=make_service(), to_email="nova@example.com", on=current_hub().today(), status="making",
        error_code="guided_move_not_there", steps=steps,
    )  # fmt: skip
    db.session.add(move)
    db.session.commit()
    watch(utc_now())
    return move


def test_alert_leads_to_the_move_and_stands_in_the_timeline(attendant: Browser, held: GuidedMove) -> None:
    page = attendant.get("/alerts").text
    assert f'href="/guided-moves/{held.id}"' in page
    assert held.service.code in page
    told = view_timeline(held.service.customer_id, "alerts").page.items
    assert [(one.table, one.code) for one in told] == [("alert", "guided_move_held")]
    assert attendant.get(f"/customers/{held.service.customer_id}/timeline?kind=alerts").status_code == 200


def test_message_of_a_channel_leads_there_too(held: GuidedMove) -> None:
    reachable()
    alert = db.session.query(Alert).filter_by(code="guided_move_held").one()
    told = Told("opened", alert.code, alert.params, alert.level, "service", alert.object_id, alert.label, utc_now())
    text = write([told]).body
    assert f"{BASE}/guided-moves/{held.id}" in text
    assert held.service.customer.name not in text
