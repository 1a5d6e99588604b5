"""The outside world: content platforms. No Flask and no database in here."""
