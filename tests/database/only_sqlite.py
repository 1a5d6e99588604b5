"""What is not run on PostgreSQL, and why: whole files, or ``file::test``. ``test_chosen.py`` looks after it."""

from collections.abc import Mapping

FILE = "it is about the file: copied, damaged, removed or written into by hand while the hub looks on"
ONE_SERVER = "one server for one file; any number may serve a PostgreSQL"
FULL_DISK = "a disk without room under the file; on PostgreSQL the server tells it by a code (53100)"
WORDS = "it speaks to SQLite in words of its own (PRAGMA, sqlite_master, EXPLAIN QUERY PLAN)"
SETTINGS = "it is about the settings of a folder in which nothing is set; here each folder's database is"
BESIDE = "it restores in the process that works with the database, refused there; see backups/test_postgres.py"
LEASES = "a lease of a dead process is free at once on the one machine of a file; elsewhere it runs out"
ONLY_SQLITE: Mapping[str, str] = {
    "backups/test_making.py::test_damaged_database_makes_no_good_backup_and_what_can_be_read_is_kept_aside": WORDS,
    "backups/test_restore.py::test_backup_made_while_others_write_comes_back_whole_and_only_observes": FILE,
    "backups/test_restore.py::test_backup_that_is_not_as_it_was_made_is_refused_before_anything_changes": FILE,
    "backups/test_restore.py::test_person_erased_after_the_backup_is_erased_again": BESIDE,
    "backups/test_restore.py::test_restore_is_refused_while_a_hub_or_another_program_works_with_the_database":
        ONE_SERVER,
    "backups/test_restore.py::test_restore_over_a_database_that_cannot_be_read_asks_a_person_to_look_who_may_come_in":
        FILE,
    "backups/test_upgrade.py::test_migration_that_fails_leaves_the_database_as_it_was": WORDS,
    "cli/test_commands.py::test_second_server_on_one_database_is_refused_with_the_reason": ONE_SERVER,
    "core/test_config.py": SETTINGS,
    "core/test_database.py::test_a_connection_whose_commit_fails_goes_back_without_the_lock": WORDS,
    "core/test_database.py::test_every_connection_is_durable_and_checks_foreign_keys": WORDS,
    "core/test_database.py::test_readers_that_then_write_never_meet_a_busy_snapshot": WORDS,
    "core/test_database.py::test_sqlite_that_can_damage_the_file_is_refused_in_words": WORDS,
    "jobs/test_engine.py::test_a_lease_of_a_living_process_is_respected_and_one_of_a_dead_process_is_not": LEASES,
    "jobs/test_engine.py::test_results_are_kept_while_the_database_takes_nothing_and_recorded_afterwards": WORDS,
    "journeys/test_crash_disk.py": FULL_DISK,
    "journeys/test_resources.py": FULL_DISK,
    "journeys/test_restore.py": FILE,
    "machine/test_found.py": FILE,
    "machine/test_machine.py": FILE,
    "machine/test_seeded_bugs.py": FILE,
    "secrets/test_rotation.py::test_a_key_with_the_name_of_another_one_stops_the_start_and_a_missing_one_is_not_made_anew":
        SETTINGS,
    "services/test_epoch.py": FILE,
    "services/test_erased_return.py::test_a_backup_from_before_an_erasure_does_not_bring_the_person_back": FILE,
    "services/test_erased_return.py::test_a_backup_from_before_the_person_came_still_knows_that_they_left": FILE,
    "services/test_erased_return.py::test_entries_of_a_later_backup_count_where_the_file_was_lost": FILE,
    "services/test_erased_return.py::test_who_was_admitted_again_is_not_erased_by_an_old_backup": FILE,
    "services/test_history.py::test_history_is_read_from_an_index": WORDS,
}  # fmt: skip


def reason_of(nodeid: str) -> str:
    """Return why a test is left out on PostgreSQL; empty = it is run there, too."""
    file, _, name = nodeid.removeprefix("tests/").partition("::")
    names = (file, f"{file}::{name.partition('[')[0]}")
    return next((ONLY_SQLITE[one] for one in names if one in ONLY_SQLITE), "")
