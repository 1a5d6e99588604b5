"""Messages of ``doctor``: what was looked at, and what to do where it is not well."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

_AGREE = _(
    "Let both be kept by NTP; here `timedatectl` must say that the clock is synchronized. From five minutes on, a "
    "receiver refuses what is signed."
)
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
    "doctor_keys_open": Entry(_("Others can read the key files {files}."), _("Run: sudo chmod 600 {files}")),
    "doctor_owner": Entry(_("All files of {folder} belong to {owner}.")),
    "doctor_owner_foreign": Entry(
        _("Files of {folder} belong to somebody else than {owner}, so the hub cannot write them: {files}."),
        _("Run: sudo chown -R {owner}: {folder} (a command was run as another user; `sudo sintonia` never does that)."),
    ),
    "doctor_closed": Entry(_("Nobody else can read what lies in {folder}.")),
    "doctor_open": Entry(
        _("Others on this machine can read files of {folder}, which hold personal data: {files}."),
        _("Run: sudo chmod -R go= {folder}"),
    ),
    "doctor_clock": Entry(_("The clock says {now}.")),
    "doctor_clock_back": Entry(
        _("The clock says {now}, and files are {minutes} minutes ahead of it."),
        _("Set the clock (timedatectl), and let NTP keep it: signatures and due times depend on it."),
    ),
    "doctor_ntp": Entry(_("The clock is kept right by the network (NTP).")),
    "doctor_ntp_none": Entry(
        _(
            "Nobody keeps this machine's clock right, as far as it knows. If it is a server of yours and no container: "
            "sudo apt install systemd-timesyncd, then `timedatectl` must say that it is synchronized."
        )
    ),
    "doctor_ntp_unknown": Entry(_("This system does not tell whether its clock is kept right.")),
    "doctor_zone": Entry(_("Time zone {zone}: here it is {local} ({offset}).")),
    "doctor_skew_none": Entry(_("No platform has told the time lately; the clock cannot be compared.")),
    "doctor_skew": Entry(_("The clock agrees with those of {count} platforms, to {seconds} seconds.")),
    "platform_clock_behind": Entry(
        _("This server's clock is {seconds} seconds ahead of that of {integration} (Integration {id})."), _AGREE
    ),
    "platform_clock_ahead": Entry(
        _("This server's clock is {seconds} seconds behind that of {integration} (Integration {id})."), _AGREE
    ),
    "doctor_service_none": Entry(
        _(
            "The hub is no service of systemd here. See that something starts it with the machine and after a crash; "
            "`sudo sintonia install` does."
        )
    ),
    "doctor_service": Entry(_("systemd starts the hub anew when it gives no sign of life for {seconds} seconds.")),
    "doctor_unwatched": Entry(
        _("{unit} does not watch the hub: when it hangs, nobody starts it anew."),
        _("Run `sudo sintonia install` again, and put your own lines into `sudo systemctl edit sintonia`."),
    ),
    "doctor_front": Entry(_("Public address {address}, proxies in front: {proxies}.")),
    "doctor_front_none": Entry(_("The hub has no public address: it is reached from this machine alone.")),
    "doctor_front_nameless": Entry(
        _("There are {proxies} proxies in front, and no public address: links and callback addresses are wrong."),
        _("Set SINTONIA_BASE_URL=https://YOUR.NAME and restart the service."),
    ),
    "doctor_front_plain": Entry(
        _("The public address {address} has no TLS: passwords and sessions travel in clear."),
        _("Put nginx or Caddy in front (`sudo sintonia install --proxy nginx --domain YOUR.NAME`)."),
    ),
    "doctor_front_unknown": Entry(
        _(
            "The public address {address} has TLS, so there is a proxy in front; SINTONIA_PROXIES is 0, so everybody "
            "seems to come from its address, and one shares the brakes of all others."
        ),
        _("Set SINTONIA_PROXIES=1 (or as many as there are, one behind the other) and restart the service."),
    ),
    "doctor_postgres": Entry(_("PostgreSQL {version}; the database takes {size_mb} MB.")),
    "doctor_postgres_forgets": Entry(
        _("PostgreSQL may forget what was stored when its machine fails: {settings} is off."),
        _("Switch it on in postgresql.conf and reload; an account that is forgotten could be created twice."),
    ),
    "doctor_postgres_narrow": Entry(
        _("PostgreSQL allows {most} connections, and a process of the hub may want {wanted}."),
        _("Raise max_connections in postgresql.conf, or lower SINTONIA_DATABASE_CONNECTIONS."),
    ),
    "doctor_engine_never": Entry(_("The engine has not sent anything here yet.")),
    "doctor_engine": Entry(_("The engine gave a sign of life {seconds} seconds ago.")),
    "doctor_engine_old": Entry(
        _("The engine gave its last sign of life {seconds} seconds ago: nothing is sent."),
        _("Start `sintonia serve`, or look into its log."),
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
