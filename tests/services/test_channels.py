"""Channels: which addresses may be used, that none is ever seen again, and how a message ends."""

import inspect
import json
import logging
import sys
from collections.abc import Iterator

import pytest
from apprise.manager_plugins import NotificationManager
from sqlalchemy import text

from tests.fixtures.people import PASSWORD
from tests.gateways.servers import LoopbackServer, always, http
from tests.services.helpers import actions
from webapp.extensions import db
from webapp.models import Alert, Channel
from webapp.services import alerts, channel_plugins, channels
from webapp.services.channel_plugins import AddressRefused, Sending, Text, open_address, preview
from webapp.services.channel_state import FAILED_ALERT
from webapp.services.channels import ChannelInput
from webapp.services.errors import Invalid
from webapp.services.operators import create_operator

TELEGRAM = "tgram://123456789:abcdefg_hijklmnop-ABCDEFGHIJKLMN/12315544/"
MESSAGE = Text("Sintonia", "HubSoft: 3 {x} ${y}")
# Of the pinned version of the library: what speaks to a server without the library requests.
OTHER_NETWORK = {"aprs", "amqp", "email", "growl", "guilded", "irc", "jellyfin", "mqtt", "smpp", "xmpp"}
# Options whose values could be a file or a key; judged one by one. The first are refused, the others are plain words.
REFUSED_OPTIONS = {"template", "attach", "pgp", "pgpprv", "pgppub"}
HARMLESS_OPTIONS = {"attach-as", "file_url", "filename", "path", "profile"}


@pytest.fixture
def service() -> Iterator[LoopbackServer]:
    with LoopbackServer(always(http())) as server:
        yield server


def address_of(server: LoopbackServer, options: str = "") -> str:
    return f"json://user:p4ssword@127.0.0.1:{server.port}/hook{options}"


def data(address: str | None = TELEGRAM, **values: object) -> ChannelInput:
    return ChannelInput.model_validate({"description": "Plantão", "address": address, **values})


def test_every_plugin_of_the_library_was_judged_and_none_that_is_open_acts_on_this_machine() -> None:
    manager, open_modules = NotificationManager(), set()
    manager.load_modules()
    found = {scheme: manager[scheme] for scheme in manager.schemas()}
    assert len(found) == 255, "another version of apprise: look at what is new, then at this number"
    for scheme, plugin in found.items():
        if scheme in channel_plugins.LOCAL:
            continue
        source = inspect.getsource(sys.modules[plugin.__module__])
        place = plugin.__module__.split(".")[2]
        assert "requests" in source or place in OTHER_NETWORK, scheme
        assert "subprocess" not in source, scheme
        open_modules.add(plugin)
    options = {name for plugin in open_modules for name in plugin.template_args}
    suspicious = {
        name for name in options if any(part in name for part in ("file", "template", "attach", "pgp", "path"))
    }
    assert suspicious == REFUSED_OPTIONS | HARMLESS_OPTIONS
    assert REFUSED_OPTIONS <= channel_plugins.FILE_OPTIONS


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("syslog://", "channel_local_refused"),
        ("DBUS://", "channel_local_refused"),
        ("macosx://", "channel_local_refused"),
        ("vapid://a@example.com/b@example.com", "channel_local_refused"),
        ("file:///etc/passwd", "channel_local_refused"),
        (f"{TELEGRAM}?template=file:///etc/passwd", "channel_file_refused"),
        (f"{TELEGRAM}?TEMPLATE=http://169.254.169.254/", "channel_file_refused"),
        ("ntfy://topic?at%74ach=file:///etc/passwd", "channel_file_refused"),
        ("mailto://a:b@example.com?pgppub=/etc/passwd", "channel_file_refused"),
        ("fcm://project@key/topic?keyfile=/etc/passwd", "channel_file_refused"),
        (
            "https://discord.com/api/webhooks/417429632418316298/"
            "JHZ7lQml277CDHmQKMHI8qBe7bk2ZwO5UKjCiOAF7711o33MyqU344Qpgv7YTpadV_js?template=file:///etc/passwd",
            "channel_file_refused",
        ),
        ("nothing-like-it", "channel_address_unknown"),
        ("nosuch://x", "channel_address_unknown"),
        ("tgram://short", "channel_address_unknown"),
        ("https://example.com/page", "channel_address_unknown"),
    ],
)
def test_an_address_that_acts_here_or_loads_a_file_or_says_nothing_is_refused(address: str, code: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        open_address(address)
    assert refused.value.code == code
    assert "passwd" not in str(refused.value.params)


def test_limits_of_ours_stand_over_those_of_the_address() -> None:
    plugin = open_address("json://example.com/?rto=900&cto=900&retry=5&redirect=yes&optional=yes")
    assert plugin.request_timeout == (channel_plugins.CONNECT_S, channel_plugins.READ_S)
    assert (plugin.redirects, plugin.retry, plugin.optional) == (False, 0, False)


@pytest.mark.parametrize(
    ("host", "refused"),
    [("169.254.169.254", True), ("[fd00:ec2::254]", True), ("[fe80::1]", True), ("0.0.0.0", True),  # noqa: S104
     ("100.100.100.200", True), ("127.0.0.1", False), ("10.0.0.7", False), ("192.168.1.9", False),
    ],
)  # fmt: skip
def test_private_servers_may_be_reached_and_those_of_clouds_with_credentials_never(host: str, refused: bool) -> None:
    assert bool(channel_plugins.refused_addresses(channel_plugins.servers(open_address(f"json://{host}/x")))) is refused


def test_a_topic_that_stands_where_others_have_a_host_is_asked_of_no_name_server() -> None:
    assert channel_plugins.servers(open_address("ntfy://secret-topic")) == []
    assert channel_plugins.servers(open_address("ntfys://t0ken@ntfy.example.com/topic")) == ["ntfy.example.com"]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (TELEGRAM, "tgram"),
        ("mailtos://user:p4ss@smtp.example.com?to=b@example.com", "mailtos://smtp.example.com"),
        ("ntfy://secret-topic", "ntfy"),
        ("json://example.com/t0ken", "json://example.com"),
    ],
)
def test_of_an_address_only_service_and_own_server_are_shown(address: str, shown: str) -> None:
    assert preview(address) == shown


def test_a_message_arrives_as_it_was_written(service: LoopbackServer) -> None:
    assert Sending(1, address_of(service), MESSAGE).result().ok
    body = json.loads(service.requests[0].partition(b"\r\n\r\n")[2])
    assert (body["title"], body["message"], body["type"]) == (MESSAGE.title, MESSAGE.body, "warning")


@pytest.mark.parametrize(
    ("answer", "code", "status"),
    [("500 Oops", "channel_status", 500), ("401 No", "channel_status", 401), ("302 Found", "channel_status", 302)],
)
def test_a_refused_message_tells_the_status_and_no_redirect_is_followed(
    answer: str, code: str, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with LoopbackServer(always(http())) as elsewhere:
        leads_on = http(b"", answer, f"Location: {elsewhere.url}")
        with LoopbackServer(always(leads_on)) as server:
            sent = Sending(1, address_of(server), MESSAGE).result()
        assert (sent.code, sent.status) == (code, status)
        assert elsewhere.connections == 0
    assert "p4ssword" not in "".join(capsys.readouterr())


def test_a_service_out_of_reach_is_told_without_its_address(capsys: pytest.CaptureFixture[str]) -> None:
    assert Sending(1, "json://user:p4ssword@127.0.0.1:9/hook", MESSAGE).result().code == "channel_unreachable"
    assert "p4ssword" not in "".join(capsys.readouterr())
    assert not logging.getLogger("apprise").propagate


def test_a_server_that_never_answers_is_left_in_time_and_not_asked_twice_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(channel_plugins, "DEADLINE_S", 1.0)
    with LoopbackServer(lambda peer, raw: peer.recv(1)) as server:
        assert Sending(7, address_of(server), MESSAGE).result().code == "channel_timeout"
        assert Sending(7, address_of(server), MESSAGE).result().code == "channel_busy"
        assert server.connections == 1


@pytest.mark.usefixtures("app")
def test_an_address_stands_in_no_table_in_clear_and_in_no_history() -> None:
    channel = channels.create_channel(data())
    channels.change_channel(channel.id, data(description="Sobreaviso"))
    channels.change_channel(channel.id, data(address="json://127.0.0.1/an0ther"))
    everything = " ".join(
        str(row)
        for table in db.metadata.tables
        for row in db.session.execute(text(f"select * from {table}"))  # noqa: S608
    )
    assert "abcdefg_hijklmnop" not in everything
    assert "an0ther" not in everything
    assert db.session.get_one(Channel, channel.id).scheme == "json"
    assert actions()[-3:] == ["channel.create", "channel.update", "channel.update"]


@pytest.mark.usefixtures("app")
def test_a_channel_that_cannot_be_is_refused_beside_its_field() -> None:
    viewer = create_operator("viewer@example.com", PASSWORD, "viewer")
    for wrong, field, code in (
        (data(address=None), "address", "channel_address_missing"),
        (data(address="syslog://"), "address", "channel_local_refused"),
        (data(address="json://169.254.169.254/"), "address", "channel_server_refused"),
        (data(operator_id=viewer.id), "operator_id", "channel_operator_unfit"),
    ):
        with pytest.raises(Invalid) as refused:
            channels.create_channel(wrong)
        assert [(problem.field, problem.code) for problem in refused.value.problems] == [(field, code)]
    assert channels.list_channels() == []


@pytest.mark.usefixtures("app")
def test_the_test_button_tells_success_or_cause_and_ends_the_alert_about_the_channel(service: LoopbackServer) -> None:
    channel = channels.create_channel(data(address_of(service)))
    alerts.raise_alert(FAILED_ALERT, "channel", channel.id, channel.description)
    db.session.commit()
    assert channels.test_channel(channel.id).ok
    assert (channel.sent_at is not None, channel.error_code, alerts.count_open(), channel.version) == (True, None, 0, 2)
    service.respond = always(http(b"", "403 Forbidden"))
    sent = channels.test_channel(channel.id)
    assert (sent.code, sent.status, channel.error_code) == ("channel_status", 403, "channel_status")
    assert "Plantão" in json.loads(service.requests[0].partition(b"\r\n\r\n")[2])["message"]
    assert db.session.query(Alert).one().closed_at is not None
