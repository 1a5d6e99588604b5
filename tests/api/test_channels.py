"""Alert channels by the API: listed without their address, tested with a message."""

from tests.api.conftest import Program
from tests.gateways.servers import LoopbackServer, always, http
from webapp.services import channels
from webapp.services.channels import ChannelInput


def test_channels_are_listed_without_their_address_and_tested_by_administrators_only(
    admin: Program, reader: Program
) -> None:
    with LoopbackServer(always(http())) as service:
        address = f"json://user:p4ssword@127.0.0.1:{service.port}/hook"
        made = channels.create_channel(ChannelInput(description="Plantão", address=address)).id
        listed = admin.get("/channels")
        [shown] = listed.json["items"]
        assert (shown["id"], shown["service"], shown["belongs_to"], shown["sent_at"]) == (made, "json", None, None)
        assert "p4ssword" not in listed.text
        assert reader.get("/channels").status_code == reader.post(f"/channels/{made}/test").status_code == 403
        assert admin.post(f"/channels/{made}/test").json["ok"] is True
        service.respond = always(http(b"", "401 No"))
        told = admin.post(f"/channels/{made}/test").json
        assert (told["ok"], told["code"], told["status"], bool(told["remedy"])) == (False, "channel_status", 401, True)
    assert admin.post("/channels/999/test").status_code == 404
