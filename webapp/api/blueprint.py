"""The one blueprint of the API; resources add their routes to it."""

from apiflask import APIBlueprint

PREFIX = "/api/v1"

bp = APIBlueprint("api", __name__, url_prefix=PREFIX)
