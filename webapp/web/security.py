"""Flask-Security-Too keeps operators, roles and hashes and signs people in and out; its other pages are off.

Codes, recovery codes and passkeys are pages of our own on the libraries that it uses too (passlib, py_webauthn) and on
its tables: its codes can be used twice, its recovery codes can be read back, its challenges can be answered again, its
passkeys leave out a computer's own, and each of its pages is also a JSON address of its own.
"""

from datetime import timedelta
from typing import Any

from flask import Flask
from flask_security import SQLAlchemyUserDatastore

from webapp.config import Settings
from webapp.extensions import db, security
from webapp.models import Operator, Role, WebAuthn
from webapp.paths import TRANSLATIONS
from webapp.services import passwords
from webapp.web import sign_in

# Tests sign in often and prove nothing by waiting.
CHEAP_ARGON2 = {"argon2__rounds": 1, "argon2__memory_cost": 8, "argon2__parallelism": 1}


def register(app: Flask, settings: Settings) -> None:
    """Bind Flask-Security-Too and our own way in."""
    app.config.from_mapping(_configuration(settings))
    app.config[passwords.OPTIONS] = CHEAP_ARGON2 if app.testing else passwords.ARGON2
    security.init_app(app, SQLAlchemyUserDatastore(db, Operator, Role, WebAuthn))
    app.view_functions["security.login"] = sign_in.login


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
        # The row behind the cookie ends sooner (services/sign_in_rules.py); never later than this.
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=24),
        # A late answer of another tab must not bring back the cookie that a new password has just replaced.
        "SESSION_REFRESH_EACH_REQUEST": False,
        # It writes "no-store=True", which is no directive; web/headers.py says it for all pages.
        "SECURITY_CACHE_CONTROL": None,
        "REMEMBER_COOKIE_SECURE": secure,
        "REMEMBER_COOKIE_HTTPONLY": True,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
    }
