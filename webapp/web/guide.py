"""``/guide``: the guide of ``docs/guia`` inside the product, with contents, search and pictures."""

import re
from collections.abc import Sequence

from flask import Blueprint, Response, abort, render_template, request, send_from_directory
from flask.typing import ResponseReturnValue

from webapp.services.documents import fold
from webapp.web.access import READERS, requires
from webapp.web.guide_text import FIRST, IMAGES, Section, Written, pages, written

bp = Blueprint("guide", __name__, url_prefix="/guide")

LONGEST, MOST = 200, 20
YEAR_S = 31_536_000
PICTURE = re.compile(r"[a-z0-9-]+\.webp")
# Beside the guide: what explains one area wholly, for whoever looks after the hub.
REFERENCE = (
    "fontes", "reconciliacao", "alertas", "entrada", "backup", "lgpd", "seguranca", "passo-a-passo", "instalacao",
)  # fmt: skip


@bp.get("")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """The contents; with ``q`` what the guide says about it."""
    query = request.args.get("q", "")[:LONGEST].strip()
    return _page(written(FIRST), query=query, found=find(query))


@bp.get("/<page>")
@requires(*READERS)
def show(page: str) -> ResponseReturnValue:
    """One page of the guide, or of the reference beside it."""
    return _page(written(page) if page != FIRST else None)


@bp.get("/img/<name>")
@requires(*READERS)
def image(name: str) -> ResponseReturnValue:
    """A picture of the guide; nothing else of that folder."""
    if not PICTURE.fullmatch(name):
        abort(404)
    response: Response = send_from_directory(IMAGES, name, mimetype="image/webp", max_age=YEAR_S)
    return response


def find(query: str, most: int = MOST) -> Sequence[Section]:
    """Return the sections that say every word of a query, or begin one so; those that it names come first."""
    words = fold(query).split()
    if not words:
        return ()
    everything = [section for page in (*map(written, pages()),) if page for section in page.sections]
    found = [section for section in everything if _says(f"{section.title} {section.text}", words)]
    found.sort(key=lambda section: (not _says(section.title, words), not _says(section.page_title, words)))
    return found[:most]


def _says(text: str, words: Sequence[str]) -> bool:
    said = re.split(r"\W+", fold(text))
    return all(any(one.startswith(word) for one in said) for word in words)


def _page(text: Written | None, **further: object) -> ResponseReturnValue:
    if text is None:
        abort(404)
    return render_template(
        "guide/show.html", text=text, first=FIRST, contents=_named(pages()), reference=_named(REFERENCE), **further
    )


def _named(names: Sequence[str]) -> Sequence[Written]:
    return [page for page in map(written, names) if page]
