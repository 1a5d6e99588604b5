"""``/password-strength``: how hard to guess what is being typed is; a part of the pages that ask for a new password."""

from flask import Blueprint, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.extensions import csrf
from webapp.messages import explain
from webapp.services import passwords, throttle
from webapp.web.access import public

bp = Blueprint("strength", __name__)
# It changes nothing and its answer is for its own page alone; and it may be on its way while the form beside it
# signs somebody in, which gives all forms new tokens.
csrf.exempt(bp)

# An estimate costs up to 100 ms of a processor.
PER_ADDRESS = throttle.Limit("strength-address", 60, 60, of_address=True)
ALL = throttle.Limit("strength", 240, 60)


@bp.post("/password-strength")
@public
def show() -> ResponseReturnValue:
    """Rate what stands in the field; the text is used for nothing else and kept nowhere."""
    if not (throttle.hit(PER_ADDRESS, request.remote_addr or "") and throttle.hit(ALL, "all")):
        return "", 204
    text = request.form.get("password", "")
    about = [request.form.get("email", "")[:254], request.form.get("name", "")[:120]]
    if current_user.is_authenticated:
        about += [current_user.email, current_user.name]
    strength = passwords.rate(text, about) if text else None
    hint = explain(strength.hint, strength.params) if strength and strength.hint else None
    shown = render_template("security/_strength_shown.html", strength=strength, hint=hint)
    # Flask-Login notes something in every session that it looks at. The cookie of this answer would take the place of
    # one that the form beside it has got meanwhile: whoever had just signed in would be nobody again.
    session.modified = False
    return shown
