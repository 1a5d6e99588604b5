"""What one browser keeps of how its person likes the screen. Never anything about who it is.

A theme belongs to a place (a bright desk, a phone at night), so it stays with the browser and works without
JavaScript; the language belongs to the person and is kept with the operator, too.
"""

from flask import Flask, Response, current_app, request

LANGUAGE, THEME, SHORTCUTS = "language", "theme", "shortcuts"
THEMES = ("", "light", "dark")
OFF = "off"
YEAR_S = 31_536_000


def register(app: Flask) -> None:
    """Bind what layouts ask for."""
    app.jinja_env.globals.update(chosen_theme=theme, shortcuts_on=shortcuts_on)


def theme() -> str:
    """Return ``light`` or ``dark``; empty = as the system says."""
    wanted = request.cookies.get(THEME, "")
    return wanted if wanted in THEMES else ""


def shortcuts_on() -> bool:
    """Tell whether single keys do something (WCAG 2.1.4: they can be switched off)."""
    return request.cookies.get(SHORTCUTS) != OFF


def keep(response: Response, name: str, value: str) -> None:
    """Keep a choice for a year, or forget it when it is empty. Scripts of ours may read it: it is no secret."""
    secure = bool(current_app.config.get("SESSION_COOKIE_SECURE"))
    if value:
        response.set_cookie(name, value, max_age=YEAR_S, secure=secure, samesite="Lax")
    else:
        response.delete_cookie(name, secure=secure, samesite="Lax")
