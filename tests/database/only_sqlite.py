"""What is not run on PostgreSQL, and why: whole files, ``file::test``, or a value of it; see ``test_chosen.py``."""

from collections.abc import Mapping

FILE = "it is about the file: copied, damaged, removed or written into by hand while the hub looks on"
ONE_SERVER = "one server for one file; any number may serve a PostgreSQL"
FULL_DISK = "a disk without room under the file; on PostgreSQL the server tells it by a code (53100)"
WORDS = "it speaks to SQLite in words of its own (PRAGMA, sqlite_master, EXPLAIN QUERY PLAN)"
SETTINGS = "it is about the settings of a folder in which nothing is set; here each folder's database is"
WRITERS = "a mistake in how SQLite's one writer begins (BEGIN IMMEDIATE); a PostgreSQL has many, and no such word"
LEASES = "a lease of a dead process is free at once on the one machine of a file; elsewhere it runs out"
ONLY_SQLITE: Mapping[str, str] = {
    "backups/test_making.py::test_damaged_database_makes_no_good_backup_and_what_can_be_read_is_kept_aside": WORDS,
    "backups/test_restore.py::test_backup_made_while_others_write_comes_back_whole_and_only_observes": FILE,
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
    "journeys/test_crash_bugs.py::test_mistake_put_into_the_hub_is_found_by_the_promise_that_it_breaks[deferred_begin]":
        WRITERS,
    "journeys/test_crash_disk.py": FULL_DISK,
    "journeys/test_resources.py::test_a_commit_on_a_file_that_was_removed_meanwhile_is_refused_and_never_said_to_be_stored":
        FILE,
    "journeys/test_resources.py::test_a_hub_whose_database_vanished_does_not_start_and_makes_no_empty_one": FILE,
    "secrets/test_rotation.py::test_a_key_with_the_name_of_another_one_stops_the_start_and_a_missing_one_is_not_made_anew":
        SETTINGS,
    "services/test_epoch.py::test_database_that_is_gone_stops_the_hub_and_no_empty_one_is_made": FILE,
    "services/test_epoch.py::test_file_that_is_replaced_while_serving_stops_the_hub_at_its_next_look": FILE,
    "services/test_history.py::test_history_is_read_from_an_index": WORDS,
    "web/test_timeline.py::test_timeline_reads_no_whole_table": WORDS,
}  # fmt: skip


def reason_of(nodeid: str) -> str:
    """Return why a test is left out on PostgreSQL; empty = it is run there, too."""
    file, _, name = nodeid.removeprefix("tests/").partition("::")
    names = (file, f"{file}::{name.partition('[')[0]}", f"{file}::{name}")
    return next((ONLY_SQLITE[one] for one in names if one in ONLY_SQLITE), "")
