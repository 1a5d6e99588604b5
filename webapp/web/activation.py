"""Messages to subscribers: whether they go out, by which channels, with which words, and what waits."""

from flask import Blueprint, Flask, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_security import current_user

from webapp.decide.activation import CHANNEL_KINDS, EMAIL, KINDS, VARIABLES, text_flaws
from webapp.messages import explain
from webapp.models import CustomerChannel
from webapp.models.activation import MESSAGE_STATES
from webapp.services import throttle
from webapp.services.activation import addresses, channels, links, pages, subscriber, switch, texts
from webapp.services.errors import Conflict, Invalid, NotFound, ServiceError
from webapp.services.pages_bulk import packages_on_offer
from webapp.services.pages_transmissions import view_account
from webapp.web import htmx, once
from webapp.web.access import ADMINS, SELLERS, requires
from webapp.web.forms.activation import FORMS, CustomerChannelForm, TemplateForm, TryForm
from webapp.web.forms.base import edited_version, show_refusal, what_was_sent
from webapp.web.fresh import fresh, may_save
from webapp.web.reasons import reason_given

bp = Blueprint("activation", __name__)

# A test message costs money with some services, and each may hold a thread for a while.
TESTS = throttle.Limit("customer-channel-test", 10, 60)
LINKS = throttle.Limit("password-link-made", 30, 300)


def register(app: Flask) -> None:
    """Bind what templates ask for."""
    app.jinja_env.globals.update(messages_of=subscriber.messages_of, customer_channel_state=state_of)


def state_of(channel: CustomerChannel) -> str:
    """Return the word of a channel's state: key of the labels ``channel_state``."""
    if not channel.active:
        return "inactive"
    if channel.error_code:
        return "failed"
    return "works" if channel.sent_at else "fresh"


@bp.get("/activation")
@requires(*ADMINS)
def index() -> ResponseReturnValue:
    """Show whether subscribers are told, by what, and with which words."""
    context = {"view": pages.overview(), "kinds": KINDS, "channel_kinds": CHANNEL_KINDS, "packages": _packages()}
    return render_template("activation/index.html", **context)


@bp.post("/activation/switch")
@requires(*ADMINS)
@fresh
def turn() -> ResponseReturnValue:
    """Begin to tell subscribers, or cease."""
    on = request.form.get("on") == "1"
    try:
        switch.switch(on, reason_given())
    except Conflict as error:
        return htmx.go_to(url_for("activation.index"), str(explain(error.code, error.params)), "warning")
    told = _("From now on subscribers are told; of what was before, nobody is.")
    return htmx.go_to(url_for("activation.index"), told if on else _("Subscribers are told nothing any more."))


@bp.post("/activation/held")
@requires(*ADMINS)
def settle_held() -> ResponseReturnValue:
    """Release or discard what waits for a person."""
    if request.form.get("decision") == "release":
        count = switch.release(reason_given())
        message = ngettext("%(num)s message goes out now.", "%(num)s messages go out now.", count)
    else:
        count = switch.discard(reason_given())
        message = ngettext("%(num)s message was discarded.", "%(num)s messages were discarded.", count)
    return htmx.go_to(url_for("activation.index"), message)


@bp.get("/activation/messages")
@requires(*SELLERS)
def messages() -> ResponseReturnValue:
    """List messages, newest first."""
    status = request.args.get("status", "")
    page = pages.list_messages(status, request.args.get("cursor", ""))
    context = {"page": page, "status": status if status in MESSAGE_STATES else "", "states": MESSAGE_STATES}
    return htmx.page_or_partial("activation/messages.html", "activation/_messages.html", context)


@bp.route("/activation/channels/new", methods=["GET", "POST"])
@requires(*ADMINS)
def new_channel() -> ResponseReturnValue:
    """Add a channel of one kind; by e-mail unless another is asked for."""
    form_class = FORMS.get(request.args.get("kind", EMAIL)) or abort(404)
    return _channel_view(form_class(), None)


@bp.route("/activation/channels/<int:customer_channel_id>", methods=["GET", "POST"])
@requires(*ADMINS)
def edit_channel(customer_channel_id: int) -> ResponseReturnValue:
    """Change a channel; its address is written, never shown."""
    channel = channels.get_customer_channel(customer_channel_id)
    form = FORMS[channel.kind]()
    if what_was_sent() is None:
        form.show(channel)
    return _channel_view(form, channel)


@bp.post("/activation/channels/<int:customer_channel_id>/test")
@requires(*ADMINS)
def test_channel(customer_channel_id: int) -> ResponseReturnValue:
    """Send a test message to an address that was typed, and tell how it ended."""
    back = url_for("activation.edit_channel", customer_channel_id=customer_channel_id)
    channels.get_customer_channel(customer_channel_id)
    if not throttle.hit(TESTS, str(current_user.id)):
        return htmx.go_to(back, str(explain("customer_channel_often")), "warning")
    try:
        sent = channels.test_customer_channel(customer_channel_id, request.form.get("to", "").strip()[:254])
    except Invalid as error:
        problem = error.problems[0]
        return htmx.go_to(back, str(explain(problem.code, problem.params)), "warning")
    if sent.ok:
        return htmx.go_to(back, _("The test message was sent. Look whether it arrived."))
    status = f" (HTTP {sent.status})" if sent.status else ""
    return htmx.go_to(back, f"{explain(sent.code)}{status}", "warning")


@bp.post("/activation/channels/<int:customer_channel_id>/active")
@requires(*ADMINS)
def set_channel_active(customer_channel_id: int) -> ResponseReturnValue:
    """Switch a channel on or off."""
    active = request.form.get("active") == "1"
    channels.set_customer_channel_active(customer_channel_id, active, reason_given())
    message = _("Subscribers are told by this channel again.") if active else _("Nobody is told by this channel.")
    return htmx.go_to(url_for("activation.index"), message)


@bp.post("/activation/channels/<int:customer_channel_id>/up")
@requires(*ADMINS)
def move_channel(customer_channel_id: int) -> ResponseReturnValue:
    """Let a channel be taken before the one above it."""
    channels.move_up(customer_channel_id)
    return htmx.go_to(url_for("activation.index"), _("The order was changed."))


@bp.post("/activation/channels/<int:customer_channel_id>/delete")
@requires(*ADMINS)
@fresh
def delete_channel(customer_channel_id: int) -> ResponseReturnValue:
    """Remove a channel with its address."""
    channels.delete_customer_channel(customer_channel_id, reason_given())
    return htmx.go_to(url_for("activation.index"), _("The channel was deleted."))


@bp.route("/activation/texts/<any(created, password, enabled):message_kind>", methods=["GET", "POST"])
@requires(*ADMINS)
def text(message_kind: str) -> ResponseReturnValue:
    """Change the words of a kind of message, of all packages or of one; and show what they look like."""
    package_id = request.args.get("package", type=int)
    template, form, status = texts.find_template(message_kind, package_id), TemplateForm(), 200
    if form.validate_on_submit():
        try:
            texts.save_template(message_kind, form.to_input(package_id), edited_version(form))
        except ServiceError as error:
            status = show_refusal(form, error)
        else:
            return htmx.go_to(url_for("activation.index"), _("The text was saved."))
    elif form.errors:
        status = 422
    elif what_was_sent() is None:
        form.show(texts.words_for(message_kind, (package_id,) if package_id else ()), template)
    context = {"form": form, "kind": message_kind, "package_id": package_id, "template": template}
    return render_template("activation/text.html", **context, **_previewed(form), variables=VARIABLES), status


@bp.post("/activation/texts/<any(created, password, enabled):message_kind>/delete")
@requires(*ADMINS)
def delete_text(message_kind: str) -> ResponseReturnValue:
    """Go back to the words that were before somebody wrote others."""
    texts.delete_template(message_kind, request.args.get("package", type=int), reason_given())
    return htmx.go_to(url_for("activation.index"), _("The text was taken back."))


@bp.post("/customers/<int:customer_id>/messages")
@requires(*SELLERS)
def set_customer(customer_id: int) -> ResponseReturnValue:
    """Note whether a subscriber wants messages."""
    on = request.form.get("on") == "1"
    back = url_for("customers.detail", customer_id=customer_id)
    subscriber.set_messages(customer_id, on, reason_given())
    told = _("The subscriber gets messages again.")
    return htmx.go_to(back, told if on else _("The subscriber gets no more messages."))


@bp.post("/accounts/<int:account_id>/password-link")
@requires(*SELLERS)
def make_link(account_id: int) -> ResponseReturnValue:
    """Make a link that shows log-in and password once; it stands on this page, and nowhere else ever again."""
    account = view_account(account_id)
    back = url_for("customers.detail", customer_id=account.service.customer_id)
    if not throttle.hit(LINKS, str(current_user.id)):
        return htmx.go_to(back, str(explain("password_link_often")), "warning")
    try:
        address = links.hand_out(account_id)
    except Conflict as error:
        return htmx.go_to(back, str(explain(error.code, error.params)), "warning")
    answer = render_template("activation/link.html", address=address, account=view_account(account_id))
    once.done(back)
    return answer


def _channel_view(form: CustomerChannelForm, channel: CustomerChannel | None) -> ResponseReturnValue:
    status = 200
    if form.validate_on_submit() and may_save(form):
        try:
            saved = _save(form, channel)
        except NotFound:
            raise
        except ServiceError as error:
            status = show_refusal(form, error)
        else:
            message = _("The channel was saved. Send a test message to see whether it works.")
            return htmx.go_to(url_for("activation.edit_channel", customer_channel_id=saved.id), message)
    elif form.errors:
        status = 422
    shown = addresses.shown(channel.id, channel.sealed, channel.kind) if channel else ""
    context = {"form": form, "channel": channel, "shown": shown, "trying": TryForm(formdata=None)}
    return render_template("activation/channel.html", **context), status


def _save(form: CustomerChannelForm, channel: CustomerChannel | None) -> CustomerChannel:
    data = form.to_input()
    if channel is None:
        return channels.create_customer_channel(data)
    return channels.change_customer_channel(channel.id, data, edited_version(form))


def _previewed(form: TemplateForm) -> dict[str, object]:
    """Return the message filled in for somebody made up, with the password and without; nothing where it is wrong."""
    subject, body = form.subject.data or "", form.body.data or ""
    if text_flaws(subject) or text_flaws(body):
        return {"with_link": None, "with_password": None}
    return {
        "with_link": texts.preview(subject, body, password_allowed=False),
        "with_password": texts.preview(subject, body, password_allowed=True),
    }


def _packages() -> object:
    return packages_on_offer(selling=False)
