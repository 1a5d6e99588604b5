"""Whether a reading of a platform may be acted upon, and in what. Pure.

A reading is judged by itself, by what we believe, and by the last reading that was good enough to measure by.
What a doubtful reading shows of single accounts is still true enough to give: enabling is held by none but the
findings that say that these are not our accounts, or that nothing was read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from webapp.decide.differences import NEGATIVE, Action, Difference, Situation
from webapp.decide.snapshot_facts import Effect, Finding, Snapshot, SnapshotBefore
from webapp.decide.snapshot_rules import RULES, UNREAD, no_worse

__all__ = [
    "ACCEPTABLE", "Certificate", "Effect", "Finding", "Snapshot", "SnapshotBefore", "accept", "acceptable",
    "certify_snapshot", "dump", "load", "times_of", "withhold",
]  # fmt: skip

NO_TIMES: Mapping[str, int] = {}
# How often in a row a person must have been shown the same finding before it may be taken for the new normal.
ACCEPT_FROM = 2
# What can be real: accounts that went with a branch that was sold, a mass change by hand, another hub's accounts. What
# was read badly, or in words that nobody mapped, is never normal.
ACCEPTABLE = frozenset(
    {"snapshot_fewer", "snapshot_few", "snapshot_strangers", "snapshot_one_state", "snapshot_clashes"}
)
# Measured by what we believe, which stays as it is: without its acceptance the finding would come again for ever.
LASTING = frozenset({"snapshot_few", "snapshot_strangers", "snapshot_clashes"})


@dataclass(frozen=True)
class Certificate:
    """What a reading may be used for.

    Attributes:
        shown: what the next reading is measured by; None = nothing was counted.
        accepted: a person took this reading for the new normal: the next one is measured by it.
    """

    findings: tuple[Finding, ...] = ()
    shown: SnapshotBefore | None = None
    accepted: bool = False

    def allows(self, effect: Effect) -> bool:
        """Tell whether what this effect forbids may be done."""
        return not any(finding.effects & {effect, Effect.ANYTHING} for finding in self.findings)

    @property
    def clean(self) -> bool:
        """Nothing is held back."""
        return not any(finding.effects for finding in self.findings)

    @property
    def base(self) -> bool:
        """The next reading may be measured by this one."""
        return self.shown is not None and (self.clean or self.accepted)

    @property
    def refusal(self) -> Finding | None:
        """The finding for which nothing at all may be done, if there is one."""
        return next((one for one in self.findings if Effect.ANYTHING in one.effects), None)


def dump(certificate: Certificate) -> dict[str, Any]:
    """Return a certificate as JSON."""
    raw: dict[str, Any] = {
        "findings": [
            {"code": one.code, "effects": sorted(one.effects), "params": dict(one.params)}
            for one in certificate.findings
        ],
        "accepted": certificate.accepted,
    }
    if certificate.shown is not None:
        shown = certificate.shown
        raw["shown"] = {**vars(shown), "states": dict(shown.states), "accepted": list(shown.accepted)}
    return raw


def load(raw: Mapping[str, Any]) -> Certificate:
    """Return the certificate that ``dump`` wrote; other keys beside it are left alone."""
    shown = raw.get("shown")
    return Certificate(
        findings=tuple(
            Finding(one["code"], frozenset(map(Effect, one["effects"])), one["params"])
            for one in raw.get("findings", ())
        ),
        shown=SnapshotBefore(**{**shown, "accepted": tuple(shown["accepted"])}) if shown is not None else None,
        accepted=bool(raw.get("accepted")),
    )


def acceptable(certificate: Certificate) -> bool:
    """Tell whether a person may take this reading for the new normal: it can be real, and it was shown repeatedly."""
    held = [one for one in certificate.findings if one.effects]
    return (
        bool(held)
        and certificate.shown is not None
        and not certificate.accepted
        and all(one.code in ACCEPTABLE and one.params.get("times", 0) >= ACCEPT_FROM for one in held)
    )


def accept(certificate: Certificate) -> Certificate:
    """Return the certificate as a person accepted it: the next reading is measured by this one.

    Nothing of the accepted reading itself is acted upon; the next one that shows the same is.

    Raises:
        ValueError: it cannot be accepted; ask ``acceptable`` first.
    """
    if not acceptable(certificate) or certificate.shown is None:
        raise ValueError("certificate_not_acceptable")
    codes = {one.code for one in certificate.findings if one.effects} & LASTING
    shown = replace(certificate.shown, accepted=tuple(sorted({*certificate.shown.accepted, *codes})))
    return replace(certificate, accepted=True, shown=shown)


def times_of(certificate: Certificate) -> dict[str, int]:
    """Return how often in a row, up to this reading, each of its findings was shown."""
    return {one.code: int(one.params.get("times", 1)) for one in certificate.findings if one.effects}


def certify_snapshot(
    snapshot: Snapshot, before: SnapshotBefore | None, times: Mapping[str, int] = NO_TIMES
) -> Certificate:
    """Return what a reading may be used for.

    Args:
        before: the last reading of the integration with ``Certificate.base``; None = none yet.
        times: of the reading right before this one, whatever it was worth (``times_of``).
    """
    unread = [rule(snapshot, before) for rule in UNREAD]
    found = unread if any(unread) else [rule(snapshot, before) for rule in RULES]
    findings = tuple(_judged(one, snapshot, before, times) for one in found if one is not None)
    noted = tuple(sorted(one.code for one in findings if not one.effects))
    shown = SnapshotBefore(
        snapshot.listed, snapshot.expected, snapshot.matched, snapshot.strangers, snapshot.clashes,
        dict(snapshot.states), noted,
    )  # fmt: skip
    return Certificate(findings, None if any(unread) else shown)


def withhold(differences: Iterable[Difference], certificate: Certificate) -> list[Difference]:
    """Return differences with what the certificate forbids only reported, and why; none where it forbids everything."""
    if certificate.refusal is not None:
        return []
    return [_withheld(one, certificate) for one in differences]


def _withheld(one: Difference, certificate: Certificate) -> Difference:
    effect = _effect_of(one)
    causes = [each.code for each in certificate.findings if effect in each.effects]
    return replace(one, action=Action.REPORT, reason=causes[0]) if causes else one


def _effect_of(one: Difference) -> Effect | None:
    if one.action is Action.REPORT:
        return None
    if one.situation is Situation.MISSING:
        return Effect.MISSING
    if one.action in NEGATIVE:
        return Effect.NEGATIVE
    return Effect.BELIEF if one.action is Action.NOTE else None


def _judged(
    finding: Finding, snapshot: Snapshot, before: SnapshotBefore | None, times: Mapping[str, int]
) -> Finding:  # fmt: skip
    """Return a finding with how often it came in a row; one that a person accepted, and that is no worse, is a note."""
    if before is not None and finding.code in before.accepted and no_worse(snapshot, before):
        return replace(finding, effects=frozenset())
    return replace(finding, params={**finding.params, "times": times.get(finding.code, 0) + 1})
