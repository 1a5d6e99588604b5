"""Messages of ``doctor``: what was looked at, and what to do where it is not well."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

ENTRIES: dict[str, Entry] = {
    "doctor_not_sqlite": Entry(_("The database is not SQLite.")),
    "doctor_sqlite": Entry(_("SQLite {version}.")),
    "doctor_sqlite_old": Entry(
        _("SQLite {version} can damage the database; {floor} is the oldest that is safe."), _("Run `make install`.")
    ),
    "doctor_folder": Entry(_("{folder} can be written.")),
    "doctor_folder_closed": Entry(
        _("{folder} cannot be written: {reason}."),
        _("Give it to the user that runs the hub, and look at the free space."),
    ),
    "doctor_keys": Entry(_("Key files are readable by their owner alone: {files}.")),
    "doctor_keys_open": Entry(_("Others can read the key files {files}."), _("Run `chmod 600` on them in {folder}.")),
    "doctor_clock": Entry(_("The clock says {now}.")),
    "doctor_clock_back": Entry(
        _("The clock says {now}, and files are {minutes} minutes ahead of it."),
        _("Set the clock (timedatectl), and let NTP keep it: signatures and due times depend on it."),
    ),
    "doctor_egress": Entry(_("Private networks that may be reached: {networks}.")),
    "doctor_egress_none": Entry(_("No private network may be reached.")),
    "doctor_egress_wide": Entry(
        _("SINTONIA_EGRESS_ALLOW lets everything through: {networks}."),
        _("Name only the networks of your own receivers, such as 10.20.0.0/24."),
    ),
    "doctor_recipes": Entry(_("{count} gateways are ready.")),
    "doctor_recipe_broken": Entry(
        _("A recipe of your own cannot be used: {problem}."),
        _("Correct it on the page Gateways, or make another version active."),
    ),
    "doctor_database": Entry(_("The database answers ({kind}).")),
    "doctor_database_closed": Entry(
        _("The database cannot be used: {reason}."),
        _("Check SINTONIA_DATABASE_URL, the free space, and whether the file is whole."),
    ),
    "doctor_schema": Entry(_("The tables are those of this version ({current}).")),
    "doctor_schema_old": Entry(
        _("The tables are those of another version: {current} instead of {head}."),
        _("Start `sintonia serve` once; it migrates them."),
    ),
    "doctor_secrets": Entry(_("All {count} sealed secrets can be opened.")),
    "doctor_secrets_closed": Entry(
        _("{closed} of {count} sealed secrets cannot be opened: the key is missing or another. First: {place}."),
        _("Restore instance/encryption.keys (or SINTONIA_ENCRYPTION_KEYS) from the backup."),
    ),
    "doctor_scheduler": Entry(_("The scheduler gave a sign of life {seconds} seconds ago.")),
    "doctor_scheduler_never": Entry(
        _("The scheduler has never run here."), _("Start `sintonia serve`; without it nothing is sent by itself.")
    ),
    "doctor_scheduler_old": Entry(
        _("The scheduler gave its last sign of life {seconds} seconds ago."),
        _("Start `sintonia serve`, or look into its log."),
    ),
    "doctor_queue": Entry(_("{count} accounts are due.")),
    "doctor_queue_late": Entry(
        _("{count} accounts are due, the oldest for {minutes} minutes."),
        _("See under Transmissions what stops them; start `sintonia serve` if it does not run."),
    ),
    "doctor_runs_none": Entry(_("No Integration is active: there is nothing to reconcile.")),
    "doctor_runs": Entry(_("The worker that reconciles gave a sign of life {seconds} seconds ago.")),
    "doctor_runs_silent": Entry(
        _("The worker that reconciles gives no sign of life: nothing that was planned or approved goes on."),
        _("Start `sintonia serve`, or look into its log. `sintonia converge` does once what is due."),
    ),
    "doctor_batches_none": Entry(_("No reconciliation waits for a person.")),
    "doctor_batches": Entry(
        _("Reconciliations that wait for a person: {count}. The oldest is number {id}, for {hours} hours."),
        _("Open them under Reconciliations and approve or reject; until then nobody of them loses anything."),
    ),
    "doctor_run_paused": Entry(
        _("The reconciliation {id} ({integration}) is paused."),
        _("Open it, see which account made it pause, and resume or stop it."),
    ),
    "doctor_readings_none": Entry(_("No platform with accounts can be read.")),
    "doctor_readings": Entry(
        _("Every platform that can be read was read in time; the longest ago, {hours} hours, is {integration}.")
    ),
    "doctor_reading_old": Entry(
        _("The platform of the Integration {id} ({integration}) was last read as a whole {hours} hours ago."),
        _("Start a reconciliation of it; if it fails, test the Integration."),
    ),
    "doctor_reading_never": Entry(
        _("The platform of the Integration {id} ({integration}) has never been read as a whole, for {hours} hours."),
        _("Start a reconciliation of it; if it fails, test the Integration."),
    ),
    "doctor_integrations": Entry(_("No Integration is paused.")),
    "doctor_integration_paused": Entry(
        _("The Integration {id} ({integration}) is paused."),
        _("Open it, correct what it names, and test it; a successful test ends the pause."),
    ),
}
