"""Alert channels on their pages: plain fields, an address that is never shown, the test button."""

import json
from collections.abc import Iterator

import pytest

from tests.fixtures.people import Browser
from tests.gateways.servers import LoopbackServer, always, http
from webapp.extensions import db
from webapp.models import Channel, Operator
from webapp.services import channels
from webapp.services.channel_kinds import KINDS, build_address
from webapp.services.channel_plugins import open_address
from webapp.services.errors import Invalid

COMMON = {"description": "Plantão", "level": "warn", "recoveries": "y"}
FIELDS = {
    "email": {"server": "smtp.example.com", "port": "587", "security": "starttls", "user": "hub@example.com",
              "password": "p@ss/w:rd", "sender": "hub@example.com", "recipients": "a@example.com, b@example.com"},
    "telegram": {"token": "123456789:AAabcdefg_hijklmnop-ABCDEFGHIJKLMN", "chats": "12315544, -1001234567890"},
    "whatsapp": {"token": "EAATokenABC123", "sender_id": "100000000000001", "phones": "5511987654321", "template": ""},
    "evolution": {"server": "http://zap.example.com:8080", "key": "k3y", "instance": "hub", "phones": "5511987654321"},
    "slack": {"webhook": "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"},
    "discord": {"webhook": "https://discord.com/api/webhooks/417429632418316298/JHZ7lQml277CDHmQKMHI8qBe7bk2ZwO5UKjCiO"},
    "teams": {"webhook": "https://prod-01.westus.logic.azure.com:443/workflows/3XXX5/triggers/manual/paths/invoke"
                         "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=s1gnature"},
    "ntfy": {"topic": "a-long-topic", "server": "", "token": "tk_abcdef"},
    "json": {"url": "https://erp.example.com/alerts?key=1", "user": "", "password": ""},
    "other": {"address": "gotifys://gotify.example.com/A1b2C3d4E5"},
}  # fmt: skip


@pytest.fixture
def service() -> Iterator[LoopbackServer]:
    with LoopbackServer(always(http())) as server:
        yield server


def row() -> Channel:
    db.session.rollback()
    return db.session.query(Channel).one()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_plain_fields_of_each_service_make_an_address_that_the_library_understands(kind: str) -> None:
    address = build_address(KINDS[kind], FIELDS[kind])
    assert address is not None
    plugin = open_address(address)
    assert str(plugin.schema) in KINDS[kind].schemes or kind == "other"
    if kind == "email":
        assert (plugin.password, len(plugin.targets), plugin.smtp_host) == ("p@ss/w:rd", 2, "smtp.example.com")
    if kind == "telegram":
        assert len(plugin.targets) == 2
    if kind == "json":
        assert (plugin.secure, plugin.host, plugin.fullpath) == (True, "erp.example.com", "/alerts")


def test_address_of_a_program_keeps_its_path_without_a_scheme_and_an_apprise_one_is_refused() -> None:
    assert build_address(KINDS["json"], {"url": "erp.example.com/alerts"}) == "jsons://erp.example.com/alerts"
    with pytest.raises(Invalid) as refused:
        build_address(KINDS["json"], {"url": "json://erp.example.com:8080"})
    assert [one.code for one in refused.value.problems] == ["channel_web_address"]


def test_a_channel_is_made_from_plain_fields_and_its_secrets_are_never_shown_again(admin: Browser) -> None:
    for kind in KINDS:
        assert admin.get(f"/channels/new?kind={kind}").status_code == 200
    owner = db.session.query(Operator).filter_by(email="admin@example.com").one().id
    data = {**COMMON, **FIELDS["telegram"], "quiet_from": "22:00", "quiet_until": "07:00", "operator_id": str(owner)}
    assert admin.post("/channels/new?kind=telegram", data=data).status_code == 303
    made = row()
    assert (made.scheme, made.quiet_until, made.operator_id, made.recoveries) == ("tgram", "07:00", owner, True)
    for page in (f"/channels/{made.id}", "/channels", "/history?type=channel"):
        shown = admin.get(page)
        assert shown.status_code == 200
        assert "hijklmnop" not in shown.text


def test_saving_with_empty_address_fields_keeps_the_address_and_filled_ones_replace_it(admin: Browser) -> None:
    admin.post("/channels/new?kind=telegram", data={**COMMON, **FIELDS["telegram"]})
    before, version = row().sealed, row().version
    changed = {**COMMON, "description": "Sobreaviso", "version": str(version), "level": "fail"}
    assert admin.post(f"/channels/{row().id}", data=changed).status_code == 303
    assert (row().sealed, row().description, row().level, row().recoveries) == (before, "Sobreaviso", "fail", True)
    stale = admin.post(f"/channels/{row().id}", data=changed)
    assert stale.status_code == 409
    replaced = {**changed, "version": str(row().version), **FIELDS["slack"]}
    assert admin.post(f"/channels/{row().id}?kind=slack", data=replaced).status_code == 303
    assert row().scheme == "slack"


@pytest.mark.parametrize(
    ("kind", "change", "field"),
    [
        ("telegram", {"chats": ""}, "chats"),
        ("telegram", {"token": "short"}, "token"),
        ("other", {"address": "syslog://"}, "address"),
        ("other", {"address": ""}, "address"),
        ("json", {"url": "http://169.254.169.254/latest"}, "url"),
        ("email", {"port": "many"}, "port"),
        ("telegram", {"quiet_from": "22:00"}, "quiet_until"),
        ("telegram", {"quiet_from": "25:00", "quiet_until": "07:00"}, "quiet_from"),
        ("telegram", {"description": ""}, "description"),
        ("telegram", {"operator_id": "999"}, "operator_id"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    admin: Browser, kind: str, change: dict[str, str], field: str
) -> None:
    answer = admin.post(f"/channels/new?kind={kind}", data={**COMMON, **FIELDS[kind], **change})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert db.session.query(Channel).count() == 0


def test_the_test_button_says_whether_it_went_and_why_not(admin: Browser, service: LoopbackServer) -> None:
    admin.post("/channels/new?kind=json", data={**COMMON, "url": f"{service.url}/hook"})
    here = f"/channels/{row().id}"
    answer = admin.post(f"{here}/test", follow_redirects=True)
    assert "alert-success" in answer.text
    assert "Plantão" in json.loads(service.requests[0].partition(b"\r\n\r\n")[2])["message"]
    service.respond = always(http(b"", "401 No"))
    assert "HTTP 401" in admin.post(f"{here}/test", follow_redirects=True).text


def test_a_channel_is_switched_off_and_deleted_and_only_administrators_see_channels(
    admin: Browser, viewer: Browser
) -> None:
    admin.post("/channels/new?kind=telegram", data={**COMMON, **FIELDS["telegram"]})
    here = f"/channels/{row().id}"
    assert [viewer.get(page).status_code for page in ("/channels", here)] == [403, 403]
    admin.post(f"{here}/active", data={"active": "0"})
    assert not row().active
    admin.post(f"{here}/active", data={"active": "1"})
    assert row().active
    assert admin.post(f"{here}/delete").status_code == 303
    assert channels.list_channels() == []
    assert admin.get(here).status_code == 404
