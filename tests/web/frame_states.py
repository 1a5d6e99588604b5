"""Pages of the frame: the search of everything, how one likes the screen, what stands in the way of nothing."""

from tests.web.place import STRANGER, Place
from webapp.models.operator import VIEWER

PLACES = (
    Place("search", "/search?q=maria&all=1"),
    Place("search-nothing-asked", "/search"),
    Place("search-none", "/search?q=nothing-like-it"),
    Place("search-pages", "/search?q=pain"),
    Place("search-read-only", "/search?q=maria&all=1", role=VIEWER),
    Place("preferences", "/own/preferences"),
    Place("preferences-refused", "/own/preferences", data={"language": "xx", "theme": ""}, status=422),
    Place("signed-in-again", "/signed-in"),
    Place("wrong-method", "/customers", data={"x": "y"}, status=405),
)  # fmt: skip
DOOR = (
    Place("offline", "/offline", role=STRANGER),
    Place("not-found-outside", "/nothing-of-ours", status=404, role=STRANGER),
)
