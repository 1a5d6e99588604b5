"""A day of a hub in an hour: what must not grow does not. ``make soak-day`` calls it."""
