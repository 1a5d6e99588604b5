"""What the filters of the history offer, and what its lines say in a file."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from flask_babel import gettext

from webapp.messages import explain
from webapp.services.pages_history import Entry
from webapp.web.facts import actor, changes
from webapp.web.labels import label
from webapp.web.labels_history import ACTOR, EVENT

SALES = "service_package"
Choices = Sequence[tuple[str, str]]


def actions() -> Mapping[str, Choices]:
    """Return what may have happened, by kind of object; first of each kind all of it."""
    groups = {}
    for kind, found in groupby(EVENT, key=kind_of_action):
        every = [(kind, action_words(kind))]
        groups[str(label("object", kind).text)] = [*every, *((action, action_words(action)) for action in found)]
    return groups


def kind_of_action(action: str) -> str:
    """Return the kind of object that an action is about."""
    kind = action.partition(".")[0]
    return SALES if kind == "sale" else kind


def action_words(action: str) -> str:
    """Return what an action is called, or all that is done to one kind of object."""
    if "." in action:
        return str(label("event", action).text)
    return gettext("Everything about: %(kind)s", kind=label("object", action).text)


def people(known: Choices, chosen: str) -> Choices:
    """Return everybody who may have acted; whoever was asked for stays in the list although gone since.

    Args:
        known: who may have acted, as an event names them, and names.
    """
    found = {name: str(label("actor", name).text) for name in ACTOR if name != "demo"}
    for name, called in known:
        found[name] = f"{called} ({name})" if called and "@" in name else actor(name)
    return [*found.items(), *([(chosen, actor(chosen))] if chosen and chosen not in found else [])]


def happened(entry: Entry) -> str:
    """Return what happened, and of a transmission how it ended."""
    if entry.event is not None:
        return action_words(entry.event.action)
    if entry.attempt is None:
        return ""
    outcome = label("outcome", entry.attempt.outcome).text if entry.attempt.outcome else ""
    return f"{label('operation', entry.attempt.operation).text}: {outcome}".rstrip(": ")


def changed(entry: Entry) -> str:
    """Return what was before and what came after; of a transmission that failed, why."""
    if entry.event is not None:
        return "; ".join(
            f"{one.name}: {one.after}" if one.before is None else f"{one.name}: {one.before} → {one.after}"
            for one in changes(entry.event, entry.names)
        )
    attempt = entry.attempt
    return str(explain(attempt.error_code, attempt.error_params).cause) if attempt and attempt.error_code else ""
