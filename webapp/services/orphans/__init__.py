"""Accounts that a platform shows and that nobody here made: noted, guessed about, decided on by people.

``noting`` keeps them, ``clues`` and ``owners`` compare them with our people and accounts, ``deciding`` records what
a person wants, ``adopting`` makes them ours, ``cancelling`` carries out what was
decided to end. Nothing ends by itself.
"""

from webapp.services.orphans.noting import note_seen

__all__ = ["note_seen"]
