"""What is wrong with a form, as a list that leads to each field."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from wtforms import Field, FieldList, FormField


@dataclass(frozen=True)
class WrongField:
    """One field that is marked as wrong.

    Attributes:
        id: of the input, or of the words beside it where there is none of that id.
    """

    id: str
    label: str
    text: str


def wrong_fields(fields: Iterable[Field], row: str = "") -> Iterator[WrongField]:
    """Give every field that is marked as wrong with the words beside it, in the order of the page.

    Args:
        row: said before the names of fields that stand in a row of a list.
    """
    for field in fields:
        if isinstance(field, FieldList):
            own = [
                error for error in field.errors if isinstance(error, str) or not isinstance(error, list | dict | tuple)
            ]
            yield from (WrongField(f"{field.id}-error", str(field.label.text), str(text)) for text in own if text)
            for number, entry in enumerate(field.entries, 1):
                inner = entry.form if isinstance(entry, FormField) else [entry]
                yield from wrong_fields(inner, f"{field.label.text} {number}: ")
        elif field.errors and field.type != "CSRFTokenField":
            # Boxes of a list have no input of the list's own id: the words beside them are where to look.
            place = f"{field.id}-error" if getattr(field, "sent_prefix", "") else field.id
            yield WrongField(place, f"{row}{field.label.text}", " ".join(map(str, field.errors)))
