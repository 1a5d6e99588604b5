"""Where subscribers come from. No Flask and no database in here."""
