"""Every page of the hub with an address of its own: one list for all tests that walk over pages, and for the pictures.

``tests/web/test_pages.py`` refuses a route that renders a page and stands in none of these lines.
"""

from tests.web import (
    activation_states,
    agenda_states,
    backup_states,
    bulk_states,
    first_run_states,
    form_states,
    frame_states,
    guide_states,
    invoice_states,
    people_states,
    privacy_states,
    recipe_states,
    report_states,
    seat_states,
    sign_in_states,
    system_states,
    table_states,
    why_states,
)
from tests.web.place import FIRST, STRANGER, Place
from webapp.models.operator import VIEWER
from webapp.services.recipe_texts import starter_text

STARTER = starter_text()
TRIED = {
    "key": "own_tv", "base": "3.3", "operation": "create", "text": recipe_states.text_of("own_tv", "Own TV"),
    "param-api_url": "http://127.0.0.1:9", "param-token": "a-token", "value-customer-name": "Maria",
    "value-customer-email": "maria@example.com",
}  # fmt: skip


PLATFORMS = (
    Place("integrations", "/integrations?active=all", "integrations-table"),
    Place("integrations-none", "/integrations?q=nothing-like-it", "integrations-table"),
    Place("integration-choose", "/integrations/new"),
    Place("integration-new", "/integrations/new?gateway=nx_play"),
    Place("integration-new-webhook", "/integrations/new?gateway=outros"),
    Place("integration", "/integrations/{streaming_id}"),
    Place("integration-paused", "/integrations/{integration_id}"),
    Place("integration-inactive", "/integrations/{inactive_id}"),
    Place("integration-refused", "/integrations/new?gateway=nx_play", data={"param-apUrl": "x"}, status=422),
    Place("integration-stale", "/integrations/{integration_id}", status=409, data={
        "version": "99", "description": "Mine", "reconcile_minutes": "60", "param-url": "http://127.0.0.1:9/hook"}),
    Place("integration-test", "/integrations/{integration_id}/test", data={}),
    Place("integration-reconciliation", "/integrations/{streaming_id}/reconciliation"),
    Place("integration-reconciliation-bare", "/integrations/{integration_id}/reconciliation"),
    Place("integration-reconciliation-refused", "/integrations/{streaming_id}/reconciliation", status=422, data={
        "limit_run_percent": "many", "nights_from": "22:00", "probe_from": ""}),
    Place("integration-reconciliation-stale", "/integrations/{streaming_id}/reconciliation", status=409, data={
        "version": "99", "batch_expires_h": "72", "reconcile_minutes": "60", "billing_lead_h": "48",
        "probe_nights": "7", "probe_from": "01:00", "probe_until": "06:00"}),
    Place("products", "/integrations/{streaming_id}/products", "products-table"),
    Place("products-none", "/integrations/{inactive_id}/products", "products-table"),
    Place("product-new", "/integrations/{integration_id}/products/new"),
    Place("product", "/products/{product_id}"),
    Place("product-missing", "/products/{missing_id}"),
    Place("product-hidden", "/products/{hidden_id}"),
)  # fmt: skip
GATEWAYS = (
    Place("gateways", "/gateways", "gateways-table"),
    Place("gateways-none", "/gateways?q=nothing-like-it", "gateways-table"),
    Place("gateway-built-in", "/gateways/outros"),
    Place("gateway-bundled", "/gateways/nx_play"),
    Place("gateway-own", "/gateways/own_tv"),
    Place("gateway-own-read-only", "/gateways/own_tv", role=VIEWER),
    Place("gateway-broken", "/gateways/broken_tv"),
    Place("gateway-removed", "/gateways/removed_tv"),
    Place("recipe-new", "/gateways/new"),
    Place("recipe-new-copy", "/gateways/new?source=nx_play"),
    Place("recipe-copy", "/gateways/nx_play/edit"),
    Place("recipe", "/gateways/own_tv/edit"),
    Place("recipe-broken", "/gateways/broken_tv/edit"),
    Place("recipe-refused", "/gateways/own_tv/edit", status=422, data={
        "key": "own_tv", "base": "3.3", "reason": "Why", "text": recipe_states.BROKEN}),
    Place("recipe-stale", "/gateways/own_tv/edit", status=409, data={
        "key": "own_tv", "base": "1.1", "reason": "Why", "text": recipe_states.text_of("own_tv", "Mine")}),
    Place("recipe-checked", "/gateways/check", data={"key": "", "base": "0.0", "text": STARTER}),
    Place("recipe-previewed", "/gateways/preview", data=TRIED),
    Place("recipe-tried", "/gateways/try", data={**TRIED, "confirmed": "y"}),
    Place("recipe-tried-without-tick", "/gateways/try", status=422, data=TRIED),
    Place("recipe-imported", "/gateways/import", status=422, data={}),
    Place("versions", "/gateways/own_tv/versions", "versions-table"),
    Place("versions-none", "/gateways/nx_play/versions", "versions-table"),
    Place("versions-compared", "/gateways/own_tv/versions?old=1&new=3", "versions-table"),
)  # fmt: skip
CATALOGUE = (
    Place("packages", "/packages?active=all", "packages-table"),
    Place("packages-none", "/packages?q=nothing-like-it", "packages-table"),
    Place("package-new", "/packages/new"),
    Place("package", "/packages/{package_id}"),
    Place("package-declared", "/packages/{declared_id}"),
    Place("package-read-only", "/packages/{declared_id}", role=VIEWER),
    Place("package-refused", "/packages/new", status=422, data={
        "description": "Cinema", "value": "29,90", "dici_type": "none", "integration_id": "",
        "composition-0-description": "SVA", "composition-0-kind": "sva", "composition-0-value": "19,90"}),
    Place("plans", "/plans?active=all", "plans-table"),
    Place("plans-none", "/plans?q=nothing-like-it", "plans-table"),
    Place("plan-new", "/plans/new"),
    Place("plan-clone", "/plans/new?clone={locked_id}"),
    Place("plan", "/plans/{plan_id}"),
    Place("plan-locked", "/plans/{locked_id}"),
    Place("plan-read-only", "/plans/{locked_id}", role=VIEWER),
    Place("plan-readjust", "/plans/{locked_id}/readjust"),
    Place("plan-renew", "/plans/{locked_id}/renew"),
)  # fmt: skip
PEOPLE = (
    Place("customers", "/customers", "customers-table"),
    Place("customers-none", "/customers?q=nothing-like-it", "customers-table"),
    Place("customer-new", "/customers/new"),
    Place("customer-refused", "/customers/new", data={"code": "1", "document": "123"}, status=422),
    Place("customer", "/customers/{customer_id}"),
    Place("customer-two-services", "/customers/{full_customer_id}"),
    Place("customer-all-services", "/customers/{full_customer_id}?services=all"),
    Place("customer-read-only", "/customers/{full_customer_id}", role=VIEWER),
    Place("customer-edit", "/customers/{customer_id}/edit"),
    Place("service-new", "/customers/{customer_id}/services/new"),
    Place("service-new-with-plan", "/customers/{customer_id}/services/new?plan_id={locked_id}"),
    Place("service-edit", "/services/{full_service_id}/edit"),
    Place("service-suspend", "/services/{full_service_id}/status?to=suspend"),
    Place("service-enable", "/services/{ended_service_id}/status?to=enable"),
    Place("service-cancel", "/services/{full_service_id}/status?to=cancel"),
    Place("service-migrate", "/services/{full_service_id}/migrate"),
    Place("service-migrate-preview", "/services/{full_service_id}/migrate?plan_id={plan_id}"),
    Place("service-transfer", "/services/{full_service_id}/transfer"),
    Place("service-packages", "/services/{full_service_id}/packages"),
    Place("service-packages-none", "/services/{bare_service_id}/packages"),
    Place("sale-choose", "/services/{full_service_id}/packages/new"),
    Place("sale-new", "/services/{bare_service_id}/packages/new?package_id={streaming_package_id}"),
    Place("sale", "/service-packages/{sale_id}"),
    Place("sale-frozen", "/service-packages/{full_sale_id}"),
    Place("sale-remove", "/service-packages/{full_sale_id}/remove"),
)  # fmt: skip
PROGRAMS = (
    Place("tokens", "/tokens?active=all", "tokens-table"),
    Place("tokens-none", "/tokens?q=nothing-like-it", "tokens-table"),
    Place("token-new", "/tokens/new"),
    Place("token-made", "/tokens/new", data={"name": "billing", "scope": "read", "integration_id": ""}),
    Place("token-refused", "/tokens/new", status=422, data={
        "name": "", "scope": "subscribers", "integration_id": "", "allowed_addresses": "10.0.0.1/8"}),
    Place("token-revoke", "/tokens/{token_id}/revoke"),
    Place("token-revoked", "/tokens/{revoked_token_id}/revoke"),
    Place("api", "/api-docs"),
    Place("api-read-only", "/api-docs", role=VIEWER),
    Place("api-small-group", "/api-docs/tokens"),
    Place("api-largest-group", "/api-docs/services"),
)  # fmt: skip
OPERATIONS = (
    Place("dashboard", "/", "charts"),
    Place("dashboard-day", "/?range=24h&integration={streaming_id}", "charts"),
    Place("dashboard-no-figures", "/?range=1y&integration={inactive_id}", "charts"),
    Place("alerts", "/alerts", "alerts-closed"),
    Place("alerts-read-only", "/alerts", role=VIEWER),
    Place("transmissions", "/transmissions", "transmissions"),
    Place("transmissions-done", "/transmissions?tab=done", "transmissions"),
    Place("transmissions-blocked", "/transmissions?tab=blocked", "transmissions"),
    Place("transmissions-of-account", "/transmissions?tab=done&account={account_id}", "transmissions"),
    Place("attempt", "/attempts/{attempt_id}"),
    Place("observing", "/observing", "observing"),
    Place("runs", "/runs", "runs-table"),
    Place("run", "/runs/{run_id}", "run-items"),
    Place("runs-none", "/runs?status=rejected&reading=changes", "runs-table"),
    Place("runs-read-only", "/runs", "runs-table", role=VIEWER),
    Place("run-filtered", "/runs/{run_id}?situation=state", "run-items"),
    Place("run-filtered-none", "/runs/{run_id}?situation=clash", "run-items"),
    Place("run-staged", "/runs/{staged_run_id}", "run-items"),
    Place("run-staged-read-only", "/runs/{staged_run_id}", "run-items", role=VIEWER),
    Place("run-staged-own", "/runs/{own_run_id}", "run-items"),
    Place("run-applying", "/runs/{applying_run_id}", "run-items"),
    Place("run-paused", "/runs/{paused_run_id}", "run-items"),
    Place("run-running", "/runs/{running_run_id}", "run-items"),
    Place("run-held", "/runs/{held_run_id}", "run-items"),
    Place("run-sample", "/runs/{sample_run_id}", "run-items"),
    Place("run-expired", "/runs/{expired_run_id}", "run-items"),
    Place("run-rejected", "/runs/{rejected_run_id}", "run-items"),
    Place("run-undone", "/runs/{undone_run_id}", "run-items"),
    Place("run-undo", "/runs/{undo_run_id}", "run-items"),
    Place("run-take-back", "/runs/{undoable_run_id}/undo", "undo"),
    Place("run-take-back-refused", "/runs/{undoable_run_id}/undo", "undo", data={"reason": ""}, status=422),
    Place("pull-take-back", "/pulls/{done_pull_id}/undo", "undo"),
    Place("kept", "/kept", "kept-table"),
    Place("kept-read-only", "/kept", "kept-table", role=VIEWER),
    Place("kept-lift", "/kept/lift?account={account_id}", "lift"),
    Place("kept-lift-refused", "/kept/lift?account={account_id}", "lift", data={"reason": ""}, status=422),
    Place("run-done", "/runs/{done_run_id}", "run-items"),
    Place("run-failed", "/runs/{failed_run_id}", "run-items"),
    Place("history", "/history", "history-list"),
    Place("history-of-customer", "/history?type=customer&id={full_customer_id}", "history-list"),
    Place("history-of-integration", "/history?type=integration&id={streaming_id}", "history-list"),
    Place("history-audit", "/history/audit", "history-audit"),
    Place(
        "history-filtered",
        "/history?action=plan&who=admin%40example.com&since=2026-01-01&sent=yes&sort=time",
        "history-list",
    ),
    Place("history-none", "/history?q=nothing-like-it", "history-list"),
)
PULLS = (
    Place("import", "/import"),
    Place("import-refused", "/import", data={"description": ""}, status=422),
    Place("file", "/sources/{list_id}/file"),
    Place("file-refused", "/sources/{list_id}/file", data={}, status=422),
    Place("file-columns", "/pulls/{columns_pull_id}/columns"),
    Place("file-columns-refused", "/pulls/{columns_pull_id}/columns", data={"column-0": "name"}, status=422),
    Place("pulls", "/sources/{erp_id}/pulls", "pulls-table"),
    Place("pulls-none", "/sources/{erp_id}/pulls?mode=hint", "pulls-table"),
    Place("pulls-of-files", "/sources/{list_id}/pulls", "pulls-table"),
    Place("pull-columns", "/pulls/{columns_pull_id}", "pull-items"),
    Place("pull-preview", "/pulls/{preview_pull_id}", "pull-items"),
    Place("pull-staged", "/pulls/{staged_pull_id}", "pull-items"),
    Place("pull-held", "/pulls/{held_pull_id}", "pull-items"),
    Place("pull-done", "/pulls/{done_pull_id}?direction=positive&q=nothing-like-it", "pull-items"),
    Place("pull-failed", "/pulls/{failed_pull_id}", "pull-items"),
    Place("pull-dry", "/pulls/{dry_pull_id}", "pull-items"),
    Place("pull-running", "/pulls/{running_pull_id}", "pull-items"),
)  # fmt: skip
DOOR = (
    Place("sign-in", "/login", role=STRANGER),
    Place("sign-in-refused", "/login", data={"email": "nobody@example.com", "password": "wrong"}, role=STRANGER),
    Place("set-up", "/setup/{setup_token}", role=FIRST),
    Place("set-up-refused", "/setup/{setup_token}", data={"email": "x"}, status=422, role=FIRST),
    Place("not-allowed", "/integrations/new", status=403, role=VIEWER),
    Place("not-found", "/nowhere", status=404),
    Place("token-missing", "/packages/new", data={"csrf_token": "old"}, status=400),
)

SOURCES = (
    Place("sources", "/sources?active=all", "sources-table"),
    Place("sources-none", "/sources?q=nothing-like-it", "sources-table"),
    Place("sources-read-only", "/sources?active=all", "sources-table", role=VIEWER),
    Place("source-choose", "/sources/new"),
    Place("source-new", "/sources/new?kind=hubsoft"),
    Place("source-new-spreadsheet", "/sources/new?kind=spreadsheet"),
    Place("source", "/sources/{source_id}"),
    Place("source-unread", "/sources/{new_source_id}"),
    Place("source-paused", "/sources/{sgp_id}"),
    Place("source-spreadsheet", "/sources/{sheet_id}"),
    Place("source-gone", "/sources/{gone_source_id}"),
    Place("source-refused", "/sources/new?kind=sgp", status=422, data={"precedence": "0"}),
    Place("source-stale", "/sources/{source_id}", status=409, data={
        "version": "old", "description": "Mine", "full_hours": "8", "precedence": "1",
        "param-url": "http://127.0.0.1:9", "param-client_id": "1", "param-username": "api@example.com"}),
    Place("source-test", "/sources/{sgp_id}/test", data={}),
    Place("mapping", "/sources/{source_id}/mapping", "mapping"),
    Place("mapping-none", "/sources/{new_source_id}/mapping", "mapping"),
    Place("mapping-refused", "/sources/{source_id}/mapping", status=422, data={"to-1": "x", "to-3": "9999"}),
)  # fmt: skip

ORPHANS = (
    Place("orphans", "/orphans", "orphans-table"),
    Place("orphans-all", "/orphans?status=all", "orphans-table"),
    Place("orphans-waiting", "/orphans?status=waits", "orphans-table"),
    Place("orphans-none", "/orphans?q=nothing-like-it", "orphans-table"),
    Place("orphans-read-only", "/orphans?status=all", "orphans-table", role=VIEWER),
    Place("orphan", "/orphans/{orphan_id}", "orphan-search"),
    Place("orphan-unknown", "/orphans/{unknown_orphan_id}", "orphan-search"),
    Place("orphan-searched", "/orphans/{unknown_orphan_id}?q=Maria", "orphan-search"),
    Place("orphan-waiting", "/orphans/{waiting_orphan_id}"),
    Place("orphan-held", "/orphans/{held_orphan_id}"),
    Place("orphan-ignored", "/orphans/{ignored_orphan_id}"),
    Place("orphans-adopt", "/orphans/choose?all=1&filters="),
    Place("orphan-adopt", "/orphans/choose?id=1&service_id=1"),
    Place("orphans-cancel-refused", "/orphans/cancel", status=422, data={"id": "1", "reason": ""}),
    Place("orphans-ignore-refused", "/orphans/ignore", status=422, data={"id": "2", "reason": ""}),
    Place("orphans-end-many", "/bulk/new?kind=orphans_cancel&table=orphans&all=1&filters=", "bulk-new"),
    Place(
        "orphans-approve-many", "/bulk/new?kind=orphans_approve&table=orphans&all=1&filters=status%3Dwaits", "bulk-new"
    ),
)
CHANNELS = (
    Place("channels", "/channels", "channels-table"),
    Place("channel-choose", "/channels/new"),
    Place("channel-new", "/channels/new?kind=email"),
    Place("channel-new-whatsapp", "/channels/new?kind=whatsapp"),
    Place("channel", "/channels/{channel_id}"),
    Place("channel-failed", "/channels/{failed_channel_id}"),
    Place("channel-other-service", "/channels/{channel_id}?kind=slack"),
    Place("channel-refused", "/channels/new?kind=telegram", status=422, data={
        "description": "", "level": "warn", "chats": "1", "quiet_from": "25:00"}),
    Place("channel-stale", "/channels/{channel_id}", status=409, data={
        "version": "99", "description": "Meu", "level": "warn"}),
    Place("approval", "/approve/{approval_token}"),
    Place("approval-approve", "/approve/{approval_token}?step=approve"),
    Place("approval-reject", "/approve/{approval_token}?step=reject"),
    Place("approval-without-reason", "/approve/{approval_token}", status=422, data={"decision": "reject"}),
)  # fmt: skip
# Links that are not good any more; each says why.
LINKS = (
    Place("approval-used", "/approve/{used_token}", status=410),
    Place("approval-unknown", "/approve/nobody-made-this", status=404, role=STRANGER),
    *activation_states.LINKS,
)
PLACES = (*OPERATIONS, *PEOPLE, *PLATFORMS, *GATEWAYS, *PROGRAMS, *CATALOGUE, *PULLS, *SOURCES, *ORPHANS, *CHANNELS)
PLACES += people_states.PLACES
PLACES += form_states.PLACES
PLACES += privacy_states.PLACES
PLACES += backup_states.PLACES
PLACES += seat_states.PLACES
PLACES += report_states.PLACES
PLACES += agenda_states.PLACES
PLACES += invoice_states.PLACES
PLACES += sign_in_states.PLACES
PLACES += bulk_states.PLACES
PLACES += first_run_states.PLACES
PLACES += frame_states.PLACES
PLACES += activation_states.PLACES
PLACES += guide_states.PLACES
PLACES += system_states.PLACES
PLACES += table_states.PLACES
PLACES += why_states.PLACES
ALL_PLACES = (*PLACES, *DOOR, *LINKS, *people_states.LINKS, *sign_in_states.DOOR, *frame_states.DOOR)
FRAGMENTS = (
    "/fragments/observing", "/fragments/dashboard", "/fragments/services/{service_id}/accounts",
    "/fragments/runs/{run_id}", "/fragments/runs/{applying_run_id}",
    "/fragments/pulls/{running_pull_id}", "/fragments/pulls/{staged_pull_id}",
    "/fragments/guided-moves/{move_id}",
    *backup_states.FRAGMENTS, *bulk_states.FRAGMENTS, *first_run_states.FRAGMENTS, *system_states.FRAGMENTS,
    *why_states.FRAGMENTS,
)  # fmt: skip


def opened() -> tuple[Place, ...]:
    """Return the pages of people who are signed in that are opened, not posted to."""
    return tuple(place for place in PLACES if place.data is None)
