"""Which person stands behind an actor: whoever made a token acts when it acts."""

from sqlalchemy import select

from webapp.extensions import db
from webapp.models import Event
from webapp.services.audit import current_actor

TOKEN = "token:"
# A token that was made with a token, and so on: nobody needs more of them.
MOST_STEPS = 10


def same_person(asked_by: str) -> bool:
    """Tell whether who acts now is the same person as who asked: for what needs two.

    A token counts as the person who made it. One that was made on the command line, by nobody by name, stands
    for itself.
    """
    return person_behind(asked_by) == person_behind(current_actor())


def person_behind(actor: str) -> str:
    """Return the e-mail of the person who acts through this actor; the actor itself where nobody is known."""
    person = actor
    for _step in range(MOST_STEPS):
        if not person.startswith(TOKEN):
            break
        maker = _maker(person.removeprefix(TOKEN))
        if maker is None or not (maker.startswith(TOKEN) or "@" in maker):
            break
        person = maker
    return person


def _maker(name: str) -> str | None:
    """Return who made the token with this name; the history keeps it."""
    made = select(Event.actor).where(
        Event.object_type == "token", Event.action == "token.create", Event.label == name
    )  # fmt: skip
    return db.session.scalar(made.order_by(Event.id.desc()).limit(1))
