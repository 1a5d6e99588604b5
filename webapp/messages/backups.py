"""Messages of backups, of restoring them, and of an upgrade."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

_LOOK = _("Look at the page Backups, or make one with `sintonia backup` and read what it says.")

ENTRIES: dict[str, Entry] = {
    "backup_runs": Entry(_("A backup is being made already."), _("Wait until it has ended.")),
    "backup_failed": Entry(
        _("The backup failed for a reason that the hub does not know."),
        _("Look for “backup.failed” in the log of the hub, and make another one."),
    ),
    "backup_interrupted": Entry(
        _("The backup was interrupted: the hub was stopped, or the machine was switched off."), _("Make another one.")
    ),
    "backup_no_tables": Entry(
        _("There is nothing to back up: the database is empty."), _("Start `sintonia serve` once; it makes the tables.")
    ),
    "backup_no_room": Entry(
        _("There is too little room in {folder}: {needed} MB are needed, {free} MB are free."),
        _("Make room there, keep fewer backups, or name another folder in SINTONIA_BACKUP_DIR."),
    ),
    "backup_disk_full": Entry(
        _("The disk of {folder} became full while the backup was written; nothing was kept."),
        _("Make room there, or name another folder in SINTONIA_BACKUP_DIR."),
    ),
    "backup_not_written": Entry(
        _("The backup cannot be written to {folder} ({reason})."),
        _("Let the user of the hub write there, or name another folder in SINTONIA_BACKUP_DIR."),
    ),
    "backup_not_read": Entry(
        _("The database cannot be read to the end ({reason})."),
        _("Run `sintonia doctor`. If it finds damage, restore the last backup that was found good."),
    ),
    "backup_folder_missing": Entry(
        _("The folder {folder} is not there; the hub does not make it, since it may be a share that is not mounted."),
        _("Mount it, or correct SINTONIA_BACKUP_DIR and SINTONIA_BACKUP_COPY_DIR."),
    ),
    "backup_passphrase_missing": Entry(
        _("The file with the passphrase, {file}, cannot be read or is empty. No backup is written in clear instead."),
        _("Put the passphrase into that file, or correct SINTONIA_BACKUP_PASSPHRASE_FILE."),
    ),
    "backup_passphrase_size": Entry(
        _("The backup is larger than {mb} MB; so large a file is not encrypted with a passphrase."),
        _("Encrypt with a public key instead: SINTONIA_BACKUP_RECIPIENTS."),
    ),
    "backup_tables_missing": Entry(
        _("The database lacks tables of this version: {tables}."),
        _("Restore the last backup; somebody, or another program, removed them."),
    ),
    "backup_bad_pages": Entry(
        _("The database is damaged ({found}). What could be read was kept in a file that ends in .bad."),
        _("Restore the last backup that was found good, and have the disk looked at."),
    ),
    "backup_bad_references": Entry(
        _("Rows of the table {table} refer to what is not there."), _("Restore the last backup that was found good.")
    ),
    "backup_bad_counts": Entry(
        _("What came out of the backup is not what went in: {tables}."),
        _("Make another one; if it happens again, have the disk and the memory looked at."),
    ),
    "backup_copy_failed": Entry(
        _("The backup was made, but its copy in {folder} was not ({reason})."),
        _("Look whether the second place is mounted, has room and can be written."),
    ),
    "backup_copy_differs": Entry(
        _("The copy in {folder} is not what was written there."), _("Have that disk looked at.")
    ),
    "backup_secrets_closed": Entry(
        _("{closed} of {count} secrets in the backup do not open with the encryption key of this machine."),
        _("Put the right encryption.keys back into the instance folder; see the page Backups."),
    ),
    "backup_chain_broken": Entry(
        _("The backup is whole, but the chain of its history is not."), _("See under History what was changed.")
    ),
    "backup_old": Entry(
        _("There is no backup that was found good since {hours} hours."), _LOOK
    ),
    "backup_never": Entry(_("No backup was ever made of this hub."), _LOOK),
    "backup_off": Entry(
        _("No backup is made by itself: that was switched off."),
        _("Switch it on on the page Backups, unless something else backs the hub up."),
    ),
    "backup_drill_old": Entry(
        _("No stored backup was opened for a trial since {days} days."), _LOOK
    ),
    "backup_drill_none": Entry(
        _("There is no stored backup that could be opened for a trial."), _LOOK
    ),
    "backup_before_upgrade": Entry(
        _("The upgrade was not begun, because no backup could be made before it: {reason}"),
        _("Correct that; or start once with `sintonia serve --without-backup`."),
    ),
    "backup_unknown": Entry(_("There is no backup with the number {id}."), _("Look at the list of backups.")),
    "backup_keys_often": Entry(_("The keys were exported several times within a minute."), _("Wait a minute.")),
    "backup_private": Entry(
        _("The stored file is as it was written; it can be opened only with the private key, which is elsewhere.")
    ),
    "backup_keys_differ": Entry(_("The two passphrases differ."), _("Type the same twice.")),
    "restored": Entry(
        _("The database was restored from a backup of {made_at}, and the former one could not be read: {people} users "
          "and {tokens} tokens may come in as then."),
        _("Look at users and tokens: whoever left, and what was revoked since, is back. Then close this alert."),
    ),
    "restore_no_file": Entry(_("There is no file {file}."), _("Give the path of a backup.")),
    "restore_damaged": Entry(
        _("{file} is no backup of Sintonia, or it is damaged. Nothing was changed."), _("Take another one.")
    ),
    "restore_needs_key": Entry(
        _("{file} is encrypted. Nothing was changed."),
        _("Give the private key with --identity FILE, or the passphrase with --passphrase-file FILE."),
    ),
    "restore_key_wrong": Entry(
        _("{file} does not open with this key or passphrase. Nothing was changed."),
        _("Use the key that belongs to the public key for which it was encrypted."),
    ),
    "restore_newer": Entry(
        _("The backup was made by a newer version of Sintonia ({program}): its tables are of revision {revision}, this "
          "version knows them up to {known}. Nothing was changed."),
        _("Install that version, or a newer one, and restore with it."),
    ),
    "restore_mixed": Entry(
        _("The database in the backup is not the one that its description names. Nothing was changed."),
        _("Take another one."),
    ),
    "restore_strange_tables": Entry(
        _("The backup holds what no version of Sintonia makes ({tables}). Nothing was changed."),
        _("Somebody may have put it there: take another one, from a place that you trust."),
    ),
    "restore_keys_missing": Entry(
        _("{closed} of {count} secrets in the backup do not open: its keys ({keys}) are not on this machine. Nothing "
          "was changed."),
        _("Put encryption.keys of the former machine into the instance folder. If it is lost for good: "
          "--without-keys; then each platform's secrets must be typed anew."),
    ),
    "restore_in_use": Entry(
        _("Another program works with {file}. Nothing was changed."), _("Stop the hub and its commands, then repeat.")
    ),
    "restore_in_use_postgres": Entry(
        _("{count} other connections work with the database. Nothing was changed."),
        _("Stop every server and worker of the hub, then repeat."),
    ),
    "restore_no_schema": Entry(
        _("PostgreSQL does not let the hub make or rename a schema ({reason}). Nothing was changed."),
        _("Let its role own the database, or restore into an empty one that it owns."),
    ),
    "restore_row_refused": Entry(
        _("PostgreSQL does not take a row of the table {table} (row and column: {where}). Nothing was changed."),
        _("Restore into SQLite, and ask for help with the name of that table."),
    ),
    "doctor_backup": Entry(_("The last good backup is {hours} hours old: {file}.")),
    "doctor_backup_none": Entry(_("There is no backup yet, and nothing that could be lost.")),
    "doctor_schema_new": Entry(
        _("The database was made by a newer version: its tables are of revision {current}, this version knows them up "
          "to {head}."),
        _("Start the newer version, or put back a backup made before the upgrade with `sintonia restore FILE`."),
    ),
}  # fmt: skip
