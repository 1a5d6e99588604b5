"""Lists as persons keep them: views, chosen columns; and the pages on which they do."""

from tests.web.place import Place
from webapp.models.operator import VIEWER
from webapp.services.tables import TABLES, views
from webapp.services.tables.views import Who

OWN, SHARED = 1, 2
IDS = {"view_id": OWN, "shared_view_id": SHARED}
ALL_FILTERS = "q=a&active=active&status=servico_habilitado&account=active&plan={plan_id}&package={package_id}"
ALL_FILTERS += "&integration={integration_id}&source={source_id}"
PLACES = (
    Place("customers-filtered", f"/customers?{ALL_FILTERS}", "customers-table"),
    Place("customers-in-a-view", "/customers?account=person&view={shared_view_id}&sort=-code", "customers-table"),
    Place("columns", "/tables/customers/columns"),
    Place("columns-of-runs", "/tables/runs/columns?back=/runs%3Fstatus%3Ddone", role=VIEWER),
    Place("columns-moved", "/tables/packages/columns", data={
        "order": "code", "column": "code", "down": "code"}),
    Place("columns-refused", "/tables/packages/columns", status=422, data={"size": "7"}),
    Place("views", "/tables/customers/views"),
    Place("views-none", "/tables/orphans/views"),
    Place("view-new", "/tables/customers/views?query=q%3Dmaria%26status%3Dsuspenso_debito%26sort%3D-code"),
    Place("view-refused", "/tables/customers/views", status=422, data={"query": "status=cancelado", "name": ""}),
    Place("view", "/tables/views/{shared_view_id}"),
    Place("view-taken", "/tables/views/{view_id}", status=422, data={"name": "Precisam de alguém", "shared": "y"}),
)  # fmt: skip


def build() -> None:
    """Make two views of the first operator: one for himself, one for everybody."""
    me, customers = Who(1, admin=True), TABLES["customers"]
    made = (
        views.keep_view(me, customers, "Suspensos", "status=suspenso_debito", shared=False),
        views.keep_view(me, customers, "Precisam de alguém", "account=person", shared=True),
    )
    assert made == (OWN, SHARED)
