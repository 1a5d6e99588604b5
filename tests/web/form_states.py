"""Forms that were refused, and two people's versions of one thing: places of the catalogue."""

import json

from tests.web.place import Place

OPENED = json.dumps({
    "at": "2026-01-01T00:00:00+00:00",
    "fields": {"description": ["As it was"], "value": ["10,00"], "technology": [""]},
})  # fmt: skip
LATE = {"version": "99", "opened": OPENED, "value": "10,00"}

PLACES = (
    Place("plan-conflict", "/plans/{locked_id}", status=409, data={
        **LATE, "description": "As I typed it", "technology": "GPON"}),
    Place("package-conflict", "/packages/{package_id}", status=409, data={
        **LATE, "description": "As it was", "dici_type": "none",
        "composition-0-description": "SVA", "composition-0-kind": "sva", "composition-0-value": "10,00"}),
    Place("customer-conflict", "/customers/{customer_id}/edit", status=409, data={
        **LATE, "code": "1", "name": "As I typed it", "document": "529.982.247-25"}),
    Place("plan-refused", "/plans/new", status=422, data={
        "description": "", "value": "many", "packages-0-package_id": "x"}),
    Place("asked", "/packages/{package_id}/active", data={
        "ask": "Inativar “Cinema”? Ninguém mais pode comprá-lo.", "ask-verb": "Inativar", "active": "0"}),
)  # fmt: skip
