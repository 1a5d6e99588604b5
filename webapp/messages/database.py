"""Messages of the database, its disk and the clock: why nothing is stored or taken away now, and what to do."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

ENTRIES: dict[str, Entry] = {
    "database_gone": Entry(
        _("The file of the database is not where it was. The hub has stopped: nothing is stored and nothing is sent."),
        _("Put the file back, or restore a backup. The hub never makes an empty one in its place."),
    ),
    "database_replaced": Entry(
        _("Another file took the place of the database while the hub was running."),
        _("Wait half a minute: the hub looks into it, and only observes until a person has looked too."),
    ),
    "database_empty": Entry(
        _("The file of the database is empty, although there was one with customers here."),
        _("Stop the hub and restore a backup. Nothing is stored and nothing is sent until then."),
    ),
    "database_full": Entry(
        _("There is no space left on the disk of the database."),
        _("What you sent was not stored. Free space on the server; the hub goes on by itself, then send it again."),
    ),
    "database_read_only": Entry(
        _("The database cannot be written: its disk or its folder is read-only."),
        _("What you sent was not stored. Make the folder writable for the hub; it goes on by itself."),
    ),
    "database_disk": Entry(
        _("The disk of the database reports an error."),
        _("What you sent was not stored. Look at the disk and its space, and make a backup as soon as it works."),
    ),
    "database_damaged": Entry(
        _("The file of the database is damaged."),
        _("Stop the hub, keep the file, and restore the last backup. `sintonia doctor` says what is broken."),
    ),
    "database_away": Entry(
        _("The database does not answer."),
        _("What you sent was not stored. Try again; if it stays, run `sintonia doctor` on the server."),
    ),
    "database_refused": Entry(
        _("Nobody answers at the address of the database."),
        _(
            "Look at host and port in SINTONIA_DATABASE_URL, whether PostgreSQL runs, and whether its firewall and "
            "`listen_addresses` let this machine in."
        ),
    ),
    "database_host": Entry(
        _("The name of the database's server is not known on this machine."),
        _("Look at the host in SINTONIA_DATABASE_URL, and at the DNS of this machine."),
    ),
    "database_password": Entry(
        _("PostgreSQL does not accept the user or the password."),
        _(
            "Look at both in SINTONIA_DATABASE_URL. Signs such as @ or / in a password have to be percent-encoded "
            "there (docs/postgresql.md)."
        ),
    ),
    "database_door": Entry(
        _("PostgreSQL lets nobody in from this machine with that user."),
        _(
            "Add a line for it to `pg_hba.conf` of the server, such as: hostssl sintonia sintonia ADDRESS/32 "
            "scram-sha-256."
        ),
    ),
    "database_unknown": Entry(
        _("PostgreSQL answers, but the user or the database of that name is not there."),
        _("Create both (docs/postgresql.md has the two commands), or mend the names in SINTONIA_DATABASE_URL."),
    ),
    "database_rights": Entry(
        _("The user of the database may not do what the hub needs."),
        _("Make it the owner of the database: ALTER DATABASE ... OWNER TO ... (docs/postgresql.md)."),
    ),
    "database_tls": Entry(
        _("The encrypted connection to the database did not come about."),
        _(
            "Look at `sslmode` and `sslrootcert` in SINTONIA_DATABASE_URL, whether the certificate is for that host "
            "name, and whether it has run out."
        ),
    ),
    "database_starting": Entry(
        _("PostgreSQL is starting or stopping, and takes nothing yet."),
        _("What you sent was not stored. Wait a moment; the hub goes on by itself."),
    ),
    "database_too_old": Entry(
        _("The PostgreSQL of the database is too old; version 13 or newer is needed."),
        _("Upgrade the server (pg_upgrade), or give the hub a database on a newer one. Nothing was changed."),
    ),
    "database_encoding": Entry(
        _("The database does not keep its texts in UTF-8, so names with accents could not be stored."),
        _("Make a new one: CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0. Nothing was changed."),
    ),
    "out_of_files": Entry(
        _("The hub may not open more files and connections."),
        _("Try again in a moment. If it stays, raise the limit of open files (LimitNOFILE) to 4096 or more."),
    ),
    "doctor_disk": Entry(_("{free_mb} MB are free on the disk of {folder}.")),
    "doctor_disk_low": Entry(
        _("Only {free_mb} MB are free on the disk of {folder}."),
        _("Free space soon: without it nothing is stored and nothing is sent."),
    ),
    "doctor_files": Entry(_("The hub may open {limit} files and connections.")),
    "doctor_files_few": Entry(
        _("The hub may open only {limit} files and connections; it wants {wanted}."),
        _("Raise the limit (LimitNOFILE of the service, or `ulimit -n`), or lower SINTONIA_WORKERS."),
    ),
    "clock_leapt": Entry(
        _("The server's clock was set by {minutes} minutes: nobody knows which day is the right one."),
        _(
            "Until that is known nobody is suspended or cancelled. Look at the clock (timedatectl) and let NTP keep "
            "it; if it is right now, run `sintonia clock --right`."
        ),
    ),
    "doctor_clock_doubt": Entry(
        _("The clock was set by many minutes while the hub ran, and nobody knows which day is the right one."),
        _("Look at it (timedatectl); if it is right now, run `sintonia clock --right`."),
    ),
    "disk_low": Entry(
        _("Only {free_mb} MB are free on the disk of the database."),
        _("Free space on the server soon: when nothing is left, nothing is stored and nothing is sent."),
    ),
}  # fmt: skip
