"""Messages of the move from SQLite to PostgreSQL."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

ENTRIES: dict[str, Entry] = {
    "database_moved": Entry(
        _(
            "The hub has left this database: it moved to {to} on {at} (UTC). Nothing is served from here, so that no "
            "two hubs work for the same provider."
        ),
        _(
            "Set SINTONIA_DATABASE_URL (or database_url in sintonia.toml) to the new one and start the hub. To come "
            "back to this one instead, stop the other and run `sintonia migrate-database --back`."
        ),
    ),
    "database_half_moved": Entry(
        _("A move into this database began on {at} (UTC) and did not come to its end. Nothing is served from it."),
        _("Serve the former database, or repeat `sintonia migrate-database --to ...`: it begins anew."),
    ),
    "move_not_sqlite": Entry(
        _("The hub works on PostgreSQL already. Nothing was changed."),
        _("Only a hub on SQLite moves: take SINTONIA_DATABASE_URL (or database_url in sintonia.toml) away first."),
    ),
    "move_not_postgres": Entry(
        _("A hub moves to PostgreSQL only. Nothing was changed."),
        _("Give its address: --to postgresql://user@host:5432/database"),
    ),
    "move_no_file": Entry(
        _("There is no database {file} to move. Nothing was changed."),
        _("A new hub needs no move: set SINTONIA_DATABASE_URL and start it."),
    ),
    "move_old_tables": Entry(
        _("The database has the tables of another version. Nothing was changed."),
        _("Start `sintonia serve` once, which upgrades them, stop it, and repeat."),
    ),
    "move_in_use": Entry(
        _("Another program writes into {file}. Nothing was changed."), _("Stop the hub and its commands, then repeat.")
    ),
    "move_trouble": Entry(
        _("{words} ({reason}) The database of before is as it was."),
        _("What was begun in the new one is taken away by the next try."),
    ),
    "move_no_rights": Entry(
        _("PostgreSQL does not let this user make tables ({reason}). Nothing was changed."),
        _("Make it the owner: ALTER DATABASE ... OWNER TO ... (docs/postgresql.md), and repeat."),
    ),
    "move_target_full": Entry(
        _("The new database is not empty ({tables}). Nothing was changed."),
        _("Give one that was just made with CREATE DATABASE. What is in there may be somebody's: it is left as it is."),
    ),
    "move_target_other": Entry(
        _("In the new database there is the hub of another installation, since {at} (UTC). Nothing was changed."),
        _("Give one that was just made with CREATE DATABASE."),
    ),
    "move_tables": Entry(
        _("The tables in the new database are not those of this version. The database of before is as it was."),
        _("Give a database that was just made with CREATE DATABASE, and repeat."),
    ),
    "move_moved": Entry(
        _("The hub has moved to {to} before. Nothing was changed."),
        _("To move again from here, stop the other hub and run `sintonia migrate-database --back` first."),
    ),
    "move_done": Entry(
        _("The hub has moved to {to} already, and every row was compared. Nothing was changed."),
        _("Set SINTONIA_DATABASE_URL (or database_url in sintonia.toml) to it and start the hub."),
    ),
    "move_misfits": Entry(
        _(
            "PostgreSQL would not take these rows, since a text is too long or a number too large: {rows}. Nothing was "
            "changed."
        ),
        _("Start the hub, correct them on their pages, stop it, and repeat."),
    ),
    "move_differs": Entry(
        _("The row {row} of the table {table} differs in the new database. The database of before is as it was."),
        _("Repeat. If it happens again, ask for help with these two names, and stay on SQLite meanwhile."),
    ),
    "move_history": Entry(
        _(
            "The chain of the history does not hold in the new database (place {place}: {code}). The database of "
            "before is as it was."
        ),
        _("Run `sintonia audit verify`: if it fails here too, look into that first (docs/seguranca.md)."),
    ),
    "move_secrets": Entry(
        _("{closed} of {count} secrets do not open with the keys at hand. The database of before is as it was."),
        _("Run `sintonia secrets check`, put the missing key back, and repeat."),
    ),
}  # fmt: skip
