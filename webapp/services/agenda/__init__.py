"""The calendar of everything that is planned."""

from webapp.services.agenda.counting import count_days
from webapp.services.agenda.entries import list_entries
from webapp.services.agenda.people import Person, list_people

__all__ = ["Person", "count_days", "list_entries", "list_people"]
