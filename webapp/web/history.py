"""The history: who did what, when, before, after, why."""

from flask import Blueprint

bp = Blueprint("history", __name__, url_prefix="/history")
