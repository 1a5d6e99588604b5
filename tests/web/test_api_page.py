"""The pages of the API: every operation is described, every link leads somewhere, and no page is too long."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from apiflask import APIFlask

from tests.fixtures.people import Browser
from webapp.web.api_reference import group_names, overview, sheet

MOST_ELEMENTS = 4000
HUB = "https://hub.example.com"


@pytest.fixture
def document(app: APIFlask) -> Mapping[str, Any]:
    found: Mapping[str, Any] = app.extensions["sintonia-openapi"]()
    return found


def ids(page: str) -> list[str]:
    return re.findall(r'\bid="([^"]+)"', page)


def scripts(page: str) -> set[str]:
    return set(re.findall(r'<script[^>]*src="([^"?]+)', page))


def test_the_overview_names_every_operation_and_leads_to_where_it_is_described(
    viewer: Browser, document: Mapping[str, Any]
) -> None:
    page = viewer.get("/api-docs").text
    wanted = {
        f"/api-docs/{node['tags'][0]}#op-{node['operationId']}"
        for item in document["paths"].values() for node in item.values()
    }  # fmt: skip
    assert wanted <= set(re.findall(r'href="([^"]+)"', page))
    assert {"status-422", "status-429", "failures"} <= set(ids(page))
    # It brings none of its own: those of a page that has no list and no form.
    assert scripts(page) == scripts(viewer.get("/guide").text)


def test_every_group_has_a_page_of_bounded_length_whose_links_lead_somewhere(
    viewer: Browser, document: Mapping[str, Any]
) -> None:
    first = viewer.get("/api-docs").text
    lengths = {"": len(re.findall(r"<[a-z]", first))}
    for name in group_names(document):
        page = viewer.get(f"/api-docs/{name}").text
        known = ids(page)
        assert len(known) == len(set(known)), name
        assert set(re.findall(r'href="#([^"]+)"', page)) <= set(known), name
        assert set(re.findall(r'href="/api-docs#([^"]+)"', page)) <= set(ids(first)), name
        lengths[name] = len(re.findall(r"<[a-z]", page))
    assert max(lengths.values()) <= MOST_ELEMENTS, lengths


def test_a_group_shows_its_operations_with_examples_and_each_shape_once(viewer: Browser) -> None:
    page = viewer.get("/api-docs/services").text
    for said in ('id="op-put_services"', 'id="thing-ServiceOut"', 'id="thing-BulkServicesInput"', "confirm_negatives"):
        assert page.count(said) >= 1, said
    assert "curl -X PUT &#39;http://localhost/api/v1/services&#39;" in page
    integrations = viewer.get("/api-docs/integrations").text
    assert integrations.count('id="thing-IntegrationIn"') == 1
    assert "status_scope" in integrations


def test_a_group_that_does_not_exist_is_not_found(viewer: Browser) -> None:
    assert viewer.get("/api-docs/nowhere").status_code == 404


def test_no_field_of_the_document_is_lost_on_the_pages(document: Mapping[str, Any]) -> None:
    for name in group_names(document):
        found = sheet(document, name, HUB)
        beside = [entry.body.shown for entry in found.entries if entry.body and entry.body.shown]
        for thing in (*found.things, *beside):
            known = {field.name for field in thing.fields}
            assert set(document["components"]["schemas"][thing.name]["properties"]) <= known, thing.name
        linked = {field.thing for thing in (*found.things, *beside) for field in thing.fields} - {""}
        assert linked <= {thing.name for thing in (*found.things, *beside)}, name


def test_a_shape_without_a_name_has_its_fields_where_it_stands(document: Mapping[str, Any]) -> None:
    names = [field.name for field in overview(document).problem.fields]
    assert names[names.index("errors") + 1] == "errors[].field"
