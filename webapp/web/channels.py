"""Alert channels: list, form by service, test message, switch, delete."""

from flask import Blueprint, Flask, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user

from webapp.messages import explain
from webapp.models import Channel
from webapp.services import alert_texts, channels, notify, throttle
from webapp.services.channel_kinds import KINDS, kind_of_scheme
from webapp.services.errors import ServiceError
from webapp.services.hub import current_hub
from webapp.web import conflicts, htmx
from webapp.web.access import ADMINS, requires
from webapp.web.alerts import worded
from webapp.web.causes import cause_words
from webapp.web.forms.base import edited_version, show_refusal, what_was_sent
from webapp.web.forms.channels import FORMS, ChannelForm
from webapp.web.fresh import fresh, may_save
from webapp.web.reasons import reason_given

bp = Blueprint("channels", __name__, url_prefix="/channels")

# A test message costs money with some services, and each may hold a thread for a while.
TESTS = throttle.Limit("channel-test", 10, 60)


def register(app: Flask) -> None:
    """Bind what the page of alerts and the list show, and the words in which messages say what the screens say."""
    alert_texts.init_app(app, alert_texts.Words(cause_words, worded))
    app.jinja_env.filters["masked"] = alert_texts.masked_name
    app.jinja_env.globals.update(told_of=notify.told_of, channel_state=state_of, channel_kind=kind_of_scheme)


def state_of(channel: Channel) -> str:
    """Return the word of a channel's state: key of the labels ``channel_state``."""
    if not channel.active:
        return "inactive"
    if channel.error_code:
        return "failed"
    return "works" if channel.sent_at else "fresh"


@bp.get("")
@requires(*ADMINS)
def index() -> ResponseReturnValue:
    """List channels with how their last message went."""
    context = {"channels": channels.list_channels(), "base_url": current_hub().settings.base_url}
    return htmx.page_or_partial("channels/index.html", "channels/_table.html", context)


@bp.route("/new", methods=["GET", "POST"])
@requires(*ADMINS)
def new() -> ResponseReturnValue:
    """Choose a service, then fill in what it needs."""
    kind = request.args.get("kind", "")
    if not kind:
        return render_template("channels/choose.html", kinds=KINDS)
    return _form_view(FORMS.get(kind) or abort(404), None)


@bp.route("/<int:channel_id>", methods=["GET", "POST"])
@requires(*ADMINS)
def edit(channel_id: int) -> ResponseReturnValue:
    """Change a channel; its address is written, never shown."""
    channel = channels.get_channel(channel_id)
    kind = request.args.get("kind") or kind_of_scheme(channel.scheme)
    return _form_view(FORMS.get(kind) or abort(404), channel)


@bp.post("/<int:channel_id>/test")
@requires(*ADMINS)
def test(channel_id: int) -> ResponseReturnValue:
    """Send a test message now, and tell how it ended."""
    back = url_for("channels.edit", channel_id=channel_id)
    if not throttle.hit(TESTS, str(current_user.id)):
        return htmx.go_to(back, str(explain("channel_test_often")), "warning")
    sent = channels.test_channel(channel_id)
    if sent.ok:
        return htmx.go_to(back, _("The test message was sent. Look whether it arrived."))
    status = f" (HTTP {sent.status})" if sent.status else ""
    return htmx.go_to(back, f"{explain(sent.code)}{status}", "warning")


@bp.post("/<int:channel_id>/active")
@requires(*ADMINS)
def set_active(channel_id: int) -> ResponseReturnValue:
    """Switch a channel on or off."""
    active = request.form.get("active") == "1"
    channels.set_channel_active(channel_id, active, reason_given())
    message = _("The channel is told of alerts again.") if active else _("The channel is told of nothing any more.")
    undo = htmx.Undo(url_for("channels.set_active", channel_id=channel_id), {"active": str(int(not active))})
    return htmx.go_to(url_for("channels.index"), message, undo=undo)


@bp.post("/<int:channel_id>/delete")
@requires(*ADMINS)
@fresh
def delete(channel_id: int) -> ResponseReturnValue:
    """Remove a channel with its address and its links."""
    channels.delete_channel(channel_id, reason_given())
    return htmx.go_to(url_for("channels.index"), _("The channel was deleted; its approval links work no more."))


def _form_view(form_class: type[ChannelForm], channel: Channel | None) -> ResponseReturnValue:
    form, status = _form(form_class, channel.id if channel else None), 200
    if form.validate_on_submit() and may_save(form):
        try:
            saved = _save(form, channel.id if channel else None)
        except ServiceError as error:
            status = _refused(form, error, channel)
        else:
            message = _("The channel was saved. Send a test message to see whether it works.")
            return htmx.go_to(url_for("channels.edit", channel_id=saved.id), message)
    elif form.errors:
        status = 422
    shown = channels.preview_of(channel) if channel else ""
    return render_template("channels/form.html", form=form, channel=channel, shown=shown, kinds=KINDS), status


def _form(form_class: type[ChannelForm], channel_id: int | None) -> ChannelForm:
    form = form_class()
    form.offer(channels.administrators())
    if channel_id is not None and what_was_sent() is None:
        form.show(channels.get_channel(channel_id))
    return form


def _refused(form: ChannelForm, error: ServiceError, channel: Channel | None) -> int:
    if channel is None:
        return show_refusal(form, error)
    edited = conflicts.Edited("channel", channel.id, lambda: _form(type(form), channel.id))
    return conflicts.refuse(form, error, edited)


def _save(form: ChannelForm, channel_id: int | None) -> Channel:
    data = form.to_input()
    if channel_id is None:
        return channels.create_channel(data)
    return channels.change_channel(channel_id, data, edited_version(form))
