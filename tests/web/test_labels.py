"""The registry of badges."""

from collections import Counter

from apiflask import APIFlask

from webapp.web import (
    labels,
    labels_agenda,
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
from webapp.web.access_log import KINDS, MANY_PEOPLE
from webapp.web.held import access_name

AREAS = (
    labels_agenda, labels_audit, labels_backups, labels_bulk, labels_channels, labels_dashboard, labels_gateways,
    labels_observing, labels_orphans, labels_people, labels_privacy, labels_pulls, labels_runs, labels_sign_in,
    labels_why,
)  # fmt: skip


def test_kinds_of_labels_when_joined_do_not_hide_one_another() -> None:
    joined = Counter(kind for area in AREAS for kind in area.KINDS)
    assert [kind for kind, times in joined.items() if times > 1] == []
    assert all(labels.KINDS[kind] is area.KINDS[kind] for area in AREAS for kind in area.KINDS)


def test_whatever_shows_people_has_a_name_in_the_register_of_looks(app: APIFlask) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    looks = {*MANY_PEOPLE, "tables.take", *(rule.endpoint for rule in rules if set(KINDS) & rule.arguments)}
    with app.test_request_context():
        assert [one for one in looks if access_name(one) in (one, one.partition(".")[0])] == []
