"""The registry of badges."""

from collections import Counter

from webapp.web import (
    labels,
    labels_audit,
    labels_backups,
    labels_bulk,
    labels_channels,
    labels_dashboard,
    labels_gateways,
    labels_observing,
    labels_orphans,
    labels_people,
    labels_privacy,
    labels_pulls,
    labels_runs,
    labels_sign_in,
    labels_why,
)

AREAS = (
    labels_audit, labels_backups, labels_bulk, labels_channels, labels_dashboard, labels_gateways, labels_observing,
    labels_orphans, labels_people, labels_privacy, labels_pulls, labels_runs, labels_sign_in, labels_why,
)  # fmt: skip


def test_kinds_of_labels_when_joined_do_not_hide_one_another() -> None:
    joined = Counter(kind for area in AREAS for kind in area.KINDS)
    assert [kind for kind, times in joined.items() if times > 1] == []
    assert all(labels.KINDS[kind] is area.KINDS[kind] for area in AREAS for kind in area.KINDS)
