"""What is documented, drawn and alerted on is what ``/metrics`` says, under the same names."""

import json
import re
import runpy
from collections.abc import Iterator
from typing import Any

import promql_parser as promql
import yaml
from apiflask import APIFlask

from webapp.paths import BASE
from webapp.services.metrics.families import FAMILIES
from webapp.services.metrics.process import REGISTRY

DOCS = (BASE / "docs/observabilidade.md").read_text()
PROMETHEUS, GRAFANA = BASE / "packaging/prometheus", BASE / "packaging/grafana"
HUB, PROCESS = "Sintonia", "processo"
OF_EVERY_PROCESS = {
    "up": (), "process_resident_memory_bytes": (), "process_open_fds": (), "instance": (), "job": (),
}  # fmt: skip
ENDINGS = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "summary": ("_sum", "_count")}
# By what figures of the whole hub may be gathered: a sum would count each process that says them.
ONE_OF_MANY = ("max", "min")


def counted() -> Iterator[tuple[str, str, tuple[str, ...], str]]:
    for collector in set(REGISTRY._collector_to_names):
        for family in collector.collect():
            if family.name.startswith("sintonia_"):
                name = family.name + ("_total" if family.type == "counter" else "")
                yield name, family.type, tuple(getattr(collector, "_labelnames", ())), PROCESS


def known() -> dict[str, tuple[str, tuple[str, ...], str]]:
    hub = ((name, "gauge", labels, HUB) for name, (_told, labels) in FAMILIES.items())
    return {name: (kind, labels, whose) for name, kind, labels, whose in (*hub, *counted())}


def documented() -> dict[str, tuple[str, tuple[str, ...], str]]:
    rows = re.findall(r"^\| `(sintonia_\w+)` \| (\w+) \|([^|]*)\| (\w+) \| \S", DOCS, re.MULTILINE)
    return {name: (kind, tuple(filter(None, re.split(r",\s*", labels.strip()))), whose)
            for name, kind, labels, whose in rows}  # fmt: skip


def rules() -> list[dict[str, Any]]:
    return [
        rule for group in yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"] for rule in group["rules"]
    ]


def drawn() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((GRAFANA / "sintonia.json").read_text())
    return found


def expressions() -> Iterator[tuple[str, str]]:
    for rule in rules():
        yield rule["alert"], rule["expr"]
    for panel in drawn()["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"].replace("$__rate_interval", "5m").replace("$integration", ".*")


def selectors(tree: Any, gathered: str = "") -> Iterator[tuple[Any, str]]:
    """Return each choice of series with the innermost word by which it is gathered."""
    if isinstance(tree, promql.VectorSelector):
        yield tree, gathered
    elif isinstance(tree, promql.AggregateExpr):
        yield from selectors(tree.expr, str(tree.op))
    elif isinstance(tree, promql.BinaryExpr):
        yield from (*selectors(tree.lhs, gathered), *selectors(tree.rhs, gathered))
    elif isinstance(tree, promql.Call):
        for argument in tree.args:
            yield from selectors(argument, gathered)
    elif isinstance(tree, promql.MatrixSelector):
        yield from selectors(tree.vector_selector, gathered)
    elif isinstance(tree, promql.ParenExpr | promql.UnaryExpr | promql.SubqueryExpr):
        yield from selectors(tree.expr, gathered)


def family_of(series: str, names: dict[str, tuple[str, tuple[str, ...], str]]) -> str:
    if series in names:
        return series
    for name, (kind, _labels, _whose) in names.items():
        if series in {name + ending for ending in ENDINGS.get(kind, ())}:
            return name
    return ""


def test_documented_are_all_figures_and_no_other() -> None:
    assert documented() == known()


def test_every_expression_is_promql_over_figures_and_labels_that_exist() -> None:
    names = known()
    wrong = []
    for place, text in expressions():
        for selector, gathered in selectors(promql.parse(text)):
            family = family_of(selector.name, names)
            kind, labels, whose = names.get(family, ("", (), ""))
            asked = {matcher.name for matcher in selector.matchers.matchers} - {"job", "instance", "le"}
            if not family and selector.name not in OF_EVERY_PROCESS:
                wrong.append(f"{place}: nobody says {selector.name}")
            elif asked - set(labels):
                wrong.append(f"{place}: {selector.name} has no label {asked - set(labels)}")
            elif whose == HUB and gathered not in ONE_OF_MANY:
                wrong.append(f"{place}: {selector.name} of the whole hub by {gathered or 'nothing'} ({kind})")
    assert not wrong, "\n".join(wrong)


def test_check_of_expressions_notices_a_wrong_name_label_and_sum() -> None:
    names = known()
    found = {family_of(one.name, names): by for one, by in selectors(promql.parse("sum(sintonia_accounts) + x_total"))}
    assert found == {"sintonia_accounts": "sum", "": ""}


def test_every_alert_says_what_how_bad_what_to_do_and_where(app: APIFlask) -> None:
    pages = app.url_map.bind("localhost")
    for rule in rules():
        told = rule["annotations"]
        assert rule["labels"]["severity"] in ("critical", "warning"), rule["alert"]
        assert {"summary", "description", "url"} == told.keys(), rule["alert"]
        assert "for" in rule or "increase(" in rule["expr"], rule["alert"]
        path = told["url"].removeprefix("{{ $externalLabels.sintonia }}").partition("?")[0]
        assert pages.match(re.sub(r"\{\{ \$labels\.\w+ \}\}", "1", path), method="GET")


def test_every_alert_is_made_to_fire_in_the_situations_that_promtool_plays() -> None:
    situation = yaml.safe_load((PROMETHEUS / "alerts_test.yml").read_text())["tests"][0]
    assert situation["promql_expr_test"][0]["exp_samples"][0]["value"] == len(rules())
    assert f"{len(rules())} alertas" in DOCS


def test_dashboard_is_what_its_program_writes_and_hangs_together() -> None:
    board = drawn()
    assert runpy.run_path(str(GRAFANA / "make.py"))["text"]() == (GRAFANA / "sintonia.json").read_text()
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids)) > 30
    cells = [(x, y) for panel in board["panels"] for x, y in _cells(panel["gridPos"])]
    assert len(cells) == len(set(cells))
    assert [one["name"] for one in board["templating"]["list"]] == ["source", "integration"]


def _cells(place: dict[str, int]) -> Iterator[tuple[int, int]]:
    assert place["x"] + place["w"] <= 24
    for x in range(place["x"], place["x"] + place["w"]):
        for y in range(place["y"], place["y"] + place["h"]):
            yield x, y


def test_example_of_prometheus_reads_the_rules_and_the_figures() -> None:
    example = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
    assert example["rule_files"] == ["alerts.yml"]
    assert [job["metrics_path"] for job in example["scrape_configs"]] == ["/metrics"]
    assert example["scrape_configs"][0]["job_name"] == "sintonia"
