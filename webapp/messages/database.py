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
