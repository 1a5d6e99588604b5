"""The figures that the database tells of the whole hub: name, what it means, labels.

They are the same from whichever process is asked: take the largest over the processes, never the sum.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from prometheus_client.core import GaugeMetricFamily

PLATFORM, SOURCE = ("integration", "gateway"), ("source", "kind")

FAMILIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "sintonia_database_up": ("1 while the database answers and stores changes.", ()),
    "sintonia_database_size_bytes": ("Size of the database.", ()),
    "sintonia_database_wal_bytes": ("Size of the write-ahead log of SQLite.", ()),
    "sintonia_disk_free_bytes": ("Room on the disk of the database, or of the instance folder.", ()),
    "sintonia_integration_info": ("1, with the name that people gave it.", (*PLATFORM, "name")),
    "sintonia_integration_active": ("1 while it is switched on.", PLATFORM),
    "sintonia_integration_paused": ("1 while nothing is sent although it is switched on.", PLATFORM),
    "sintonia_integration_held": ("1 while the hub only observes it, after a restore.", PLATFORM),
    "sintonia_breaker_open": ("1 while its circuit breaker lets only probes through.", PLATFORM),
    "sintonia_accounts": ("Accounts by status.", (*PLATFORM, "status")),
    "sintonia_queue_accounts": ("Accounts that wait for a call, now or later.", PLATFORM),
    "sintonia_queue_due_accounts": ("Accounts whose next call is due.", PLATFORM),
    "sintonia_queue_oldest_due_seconds": ("How long the oldest due account has waited.", PLATFORM),
    "sintonia_queue_jobs": ("Jobs that say which integration to look at, by state; on PostgreSQL only.", ("state",)),
    "sintonia_queue_oldest_job_seconds": ("How long the oldest job that nobody took has waited.", ()),
    "sintonia_queue_workers": ("Processes that take jobs now.", ()),
    "sintonia_leases_held": ("Accounts that a worker holds now.", PLATFORM),
    "sintonia_compared_accounts": ("Accounts compared by the last reading that could be trusted.", PLATFORM),
    "sintonia_drift_accounts": ("Accounts of them that differed.", PLATFORM),
    "sintonia_last_comparison_timestamp_seconds": ("When that reading ended.", PLATFORM),
    "sintonia_runs_open": ("Reconciliations that are not over, by status.", (*PLATFORM, "status")),
    "sintonia_orphans_open": ("Accounts of nobody here that wait for a person.", PLATFORM),
    "sintonia_source_info": ("1, with the name that people gave it.", (*SOURCE, "name")),
    "sintonia_source_active": ("1 while it is switched on.", SOURCE),
    "sintonia_source_paused": ("1 while it is not read although it is switched on.", SOURCE),
    "sintonia_source_last_read_timestamp_seconds": ("When it was last read as a whole.", SOURCE),
    "sintonia_alerts_open": ("Open alerts by level and code.", ("level", "code")),
    "sintonia_bulk_jobs_open": ("Actions on many rows that are not over, by status.", ("status",)),
    "sintonia_backup_last_success_timestamp_seconds": ("When the last good backup ended.", ()),
    "sintonia_backup_last_ok": ("1 when the last backup that ended is good.", ()),
    "sintonia_backup_size_bytes": ("Size of the last good backup.", ()),
    "sintonia_heartbeat_age_seconds": ("Since when a part showed no life in the database.", ("part",)),
    "sintonia_task_last_start_timestamp_seconds": ("When a periodic task last began.", ("task",)),
    "sintonia_leader_lease_seconds": ("For how long a process still leads; below zero nobody does.", ("name",)),
    "sintonia_scheduler_lag_seconds": ("How late a periodic task is.", ("task",)),
}


@dataclass
class Sheet:
    """Samples under way to a scrape."""

    _families: dict[str, GaugeMetricFamily] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._families = {
            name: GaugeMetricFamily(name, f"{told} Of the whole hub.", labels=labels)
            for name, (told, labels) in FAMILIES.items()
        }

    def add(self, name: str, value: float, *labels: str) -> None:
        """Add one sample."""
        self._families[name].add_metric(labels, value)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Return what Prometheus is told; a figure that nobody knows has no sample."""
        yield from self._families.values()
