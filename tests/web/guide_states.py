"""The guide's pages. Nothing is prepared for them: they are files."""

from tests.web.place import Place
from webapp.models.operator import VIEWER

PLACES = (
    Place("guide", "/guide"),
    Place("guide-page", "/guide/vender-um-pacote"),
    Place("guide-reference", "/guide/fontes"),
    Place("guide-found", "/guide?q=senha"),
    Place("guide-found-nothing", "/guide?q=nothing-like-it"),
    Place("guide-no-such-page", "/guide/nothing-like-it", status=404),
    Place("guide-read-only", "/guide/atendimento", role=VIEWER),
)
