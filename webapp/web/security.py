"""Sign-in by Flask-Security-Too: argon2, no registration, the same words for wrong and unknown."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from flask import Flask, abort, request, session
from flask.typing import ResponseReturnValue
from flask_login import user_logged_in
from flask_security import SQLAlchemyUserDatastore, current_user

from webapp.config import Settings
from webapp.extensions import db, security
from webapp.models import Operator, Role, WebAuthn
from webapp.paths import TRANSLATIONS
from webapp.services import throttle

# Only failures are counted. Who guesses from one place shuts out that place; the wide limit by
# e-mail stops guessing from many, and is wide so that nobody is shut out by a stranger at once.
PER_ADDRESS = throttle.Limit("sign-in-address", 30, 300)
PER_PLACE = throttle.Limit("sign-in-place", 8, 300)
PER_EMAIL = throttle.Limit("sign-in-email", 50, 300)

# Tests sign in often and prove nothing by waiting; the product uses the library's own costs.
CHEAP_ARGON2 = {"argon2__rounds": 1, "argon2__memory_cost": 8, "argon2__parallelism": 1}


def register(app: Flask, settings: Settings) -> None:
    """Bind Flask-Security-Too and the brake on guessing."""
    app.config.from_mapping(_configuration(settings))
    if app.testing:
        app.config["SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS"] = CHEAP_ARGON2
    security.init_app(app, SQLAlchemyUserDatastore(db, Operator, Role, WebAuthn))
    user_logged_in.connect(_begin_session, app)
    app.view_functions["security.login"] = _braked(app.view_functions["security.login"])


def _configuration(settings: Settings) -> dict[str, Any]:
    secure = settings.base_url.startswith("https://")
    return {
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        # argon2 salts by itself; a second hash under our own key would lose all passwords with that key.
        "SECURITY_PASSWORD_SINGLE_HASH": ["argon2"],
        "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_FLASH_MESSAGES": False,
        "SECURITY_I18N_DIRNAME": [str(TRANSLATIONS), "builtin"],
        "SECURITY_STATIC_FOLDER": None,
        "SECURITY_POST_LOGIN_VIEW": "/",
        "SECURITY_POST_LOGOUT_VIEW": "/login",
        "SECURITY_LOGOUT_METHODS": ["POST"],
        "SECURITY_API_ENABLED_METHODS": ["session"],
        "SECURITY_CSRF_COOKIE_NAME": None,
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
        "REMEMBER_COOKIE_SECURE": secure,
        "REMEMBER_COOKIE_HTTPONLY": True,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
    }


def _begin_session(_app: Flask, **_details: object) -> None:
    """A session ends after hours without a click; polling is no click."""
    session.permanent = True


def _braked(view: Callable[[], ResponseReturnValue]) -> Callable[[], ResponseReturnValue]:
    """Refuse unseen who failed too often; argon2 is dear."""

    @wraps(view)
    def sign_in() -> ResponseReturnValue:
        if request.method != "POST":
            return view()
        address, email = request.remote_addr or "", request.form.get("email", "").strip().lower()
        brakes = ((PER_ADDRESS, (address,)), (PER_PLACE, (address, email)), (PER_EMAIL, (email,)))
        if not all(throttle.is_open(limit, *key) for limit, key in brakes):
            abort(429)
        answer = view()
        if not current_user.is_authenticated:
            for limit, key in brakes:
                throttle.hit(limit, *key)
        return answer

    return sign_in
