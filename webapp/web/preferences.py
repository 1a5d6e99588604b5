"""``/own/preferences``: how somebody likes the screen; and the switch of the language for who is not signed in."""

from flask import Blueprint, Response, abort, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user

from webapp.languages import offered
from webapp.services import own_access
from webapp.web import cookies, htmx, languages
from webapp.web.access import READERS, public, requires
from webapp.web.forms.preferences import PreferencesForm
from webapp.web.next_page import local_page

bp = Blueprint("preferences", __name__)


@bp.route("/own/preferences", methods=["GET", "POST"])
@requires(*READERS)
def index() -> ResponseReturnValue:
    """Show and keep language, theme and whether single keys do something."""
    present = {"language": current_user.language, "theme": cookies.theme(), "shortcuts": cookies.shortcuts_on()}
    form = PreferencesForm(data=present)
    if form.validate_on_submit():
        own_access.choose_language(current_user.id, form.language.data)
        languages.remember(form.language.data)
        return _kept(form)
    return render_template("preferences/index.html", form=form), 422 if form.errors else 200


@bp.post("/language")
@public
def switch_language() -> ResponseReturnValue:
    """Keep the language in this browser, for pages before the sign-in."""
    language = request.form.get("language", "")
    if language not in offered():
        abort(400)
    response = htmx.see_other(local_page(request.form.get("next")))
    cookies.keep(response, cookies.LANGUAGE, language)
    return response


def _kept(form: PreferencesForm) -> Response:
    response: Response = make_response(htmx.go_to(url_for("preferences.index"), _("Your choice was kept.")))
    cookies.keep(response, cookies.LANGUAGE, form.language.data)
    cookies.keep(response, cookies.THEME, form.theme.data)
    cookies.keep(response, cookies.SHORTCUTS, "" if form.shortcuts.data else cookies.OFF)
    return response
