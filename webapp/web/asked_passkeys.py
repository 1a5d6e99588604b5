"""A passkey's challenge between the question and the answer: in the signed session cookie, for one purpose."""

from flask import Response, jsonify, request, session

from webapp.clock import utc_now
from webapp.services.hub import current_hub
from webapp.services.passkeys import LASTS, Challenge, Site

ENTER, REGISTER, PROVE = "enter", "register", "prove"
KEPT = "passkey"


def site() -> Site:
    """Return the address for which passkeys are made: that of the settings, else that of this request."""
    base = current_hub().settings.base_url
    return Site(base or request.host_url.rstrip("/"))


def ask(challenge: Challenge, purpose: str) -> Response:
    """Keep a challenge for the answer, and send it to the page's script."""
    session[KEPT] = {"text": challenge.text, "for": purpose, "at": int(utc_now().timestamp())}
    return Response(challenge.options, mimetype="application/json")


def take(purpose: str) -> str:
    """Return the challenge that was asked last, and forget it; empty when none was, or too long ago."""
    kept = session.pop(KEPT, None)
    if kept is None or kept["for"] != purpose or kept["at"] < utc_now().timestamp() - LASTS.total_seconds():
        return ""
    return str(kept["text"])


def refuse(text: str, status: int) -> Response:
    """Send the page's script words for the person instead of a challenge."""
    answer = jsonify(error=text)
    answer.status_code = status
    return answer
