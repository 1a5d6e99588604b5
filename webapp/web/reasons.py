"""Why somebody does what takes something away: a field of many small forms, for the history."""

from flask import request

LONGEST = 200


def reason_given() -> str:
    """Return the reason that was typed beside a button; empty where none was."""
    return request.form.get("reason", "").strip()[:LONGEST]
