"""Whatever a person can do on a page, a program can do too; or there is a reason why not."""

from apiflask import APIFlask
from flask.testing import FlaskClient

from webapp.api.openapi import DOCUMENT
from webapp.web.access import API_PREFIX

# Endpoint of the page's action -> operations of the API that do the same.
DOES: dict[str, tuple[str, ...]] = {
    "accounts.resend": ("resend_account",),
    "accounts.settle": ("settle_account",),
    "accounts.try_now": ("retry_account",),
    "alerts.close": ("close_alert",),
    "backups.make": ("make_backup",),
    "bulk.start": ("preview_bulk_job", "start_bulk_job", "retry_bulk_job", "undo_bulk_job"),
    "bulk.stop": ("stop_bulk_job",),
    "channels.test": ("test_channel",),
    "customers.edit": ("put_customer", "put_customers"),
    "customers.new": ("put_customer", "put_customers"),
    "gateways.activate": ("activate_version",),
    "gateways.remove": ("remove_recipe",),
    "integrations.edit": ("replace_integration",),
    "integrations.new": ("create_integration",),
    "integrations.renew_callback": ("rotate_callback",),
    "integrations.resume": ("resume_integration",),
    "integrations.set_active": ("switch_integration",),
    "integrations.test": ("test_integration",),
    "moves.carry_out_migration": ("preview_move", "move_service"),
    "moves.transfer": ("preview_transfer", "transfer_service"),
    "kept.lift": ("lift_accounts",),
    "observing.approve": ("approve_adoption",),
    "observing.plan": ("plan_adoption",),
    "orphans.decide": ("adopt_orphans", "ignore_orphans", "reopen_orphans", "cancel_orphans", "approve_orphans"),
    "packages.new": ("create_package",),
    "packages.set_active": ("switch_package",),
    "packages.update": ("replace_package",),
    "plans.new": ("create_plan",),
    "plans.readjust": ("preview_readjustment", "readjust"),
    "plans.renew": ("preview_renewal", "renew"),
    "plans.save": ("replace_plan",),
    "plans.set_active": ("switch_plan",),
    "privacy.decide": ("withdraw_erasure", "finish_erasure", "readmit_person"),
    "privacy.erasure": ("request_erasure",),
    "privacy.export_person": ("read_person",),
    "products.edit": ("replace_product",),
    "products.new": ("add_product",),
    "products.set_active": ("switch_product",),
    "products.set_hidden": ("switch_product",),
    "products.sync": ("sync_products",),
    "pulls.act": ("stop_pull", "resume_pull", "confirm_pull", "accept_reading"),
    "pulls.approve": ("approve_pull",),
    "pulls.reject": ("reject_pull",),
    "pulls.start": ("request_pull",),
    "pulls.take_back": ("undo_pull",),
    "recipes.check": ("check_recipe",),
    "recipes.edit": ("put_recipe",),
    "recipes.new": ("put_recipe",),
    "recipes.preview": ("preview_recipe",),
    "recipes.send": ("try_recipe",),
    "reconciliation_settings.edit": ("replace_reconciliation",),
    "runs.approve": ("approve_run",),
    "runs.refuse": ("reject_run", "stop_run"),
    "runs.start": ("start_run",),
    "runs.steer": ("pause_run", "resume_run", "accept_run_reading"),
    "runs.take_back": ("undo_run",),
    "sales.edit": ("change_sale",),
    "sales.preview": ("preview_sale",),
    "sales.remove": ("preview_removal", "remove_sale"),
    "sales.sell": ("add_sale",),
    "services.change_status": ("preview_status", "patch_service"),
    "services.edit": ("put_service", "put_services"),
    "services.new": ("put_service", "put_services"),
    "sources.create_plans": ("create_missing_plans",),
    "sources.edit": ("replace_source",),
    "sources.mapping": ("put_words", "accept_suggestions"),
    "sources.new": ("create_source",),
    "sources.renew_hook": ("rotate_hook",),
    "sources.resume": ("resume_source",),
    "sources.set_active": ("switch_source",),
    "sources.test": ("test_source",),
    "tokens.new": ("create_token",),
    "tokens.revoke": ("revoke_token",),
    "why.look": ("start_bulk_job",),
}
SIGNING_IN = "programs sign in with a token"
ITS_OWN = "is an interface for others itself"
BY_HAND = "the address of a channel is a secret that a person types; who is told is no business of programs"
PEOPLE = "who may sign in is decided by people, or at the machine itself (sintonia user); a stolen token makes nobody"
OWN = "one's own account; a token belongs to no person"
FIRST = "the first steps take a person by the hand; each does what an operation of its own does"
SEEN = "how one person likes to see lists and pages; a program asks with the filters and fields it wants"
FILES = "a program sends rows as JSON (put_services, put_customers); a file is for people"
WHY_NOT = {
    "history.check": "the hub checks its history every day by itself; what it finds is an alert, which programs read",
    "history.export": "the operation list_events gives the same events; the file with seals is for an auditor",
    "security.login": SIGNING_IN,
    "security.logout": SIGNING_IN,
    "security.verify": SIGNING_IN,
    "setup.first_administrator": "only before there is anybody who could make a token",
    "callback.answer": ITS_OWN,
    "callback.receive_code": ITS_OWN,
    "callback.take_event": ITS_OWN,
    "source_hook.receive": ITS_OWN,
    "recipes.take_file": "put_recipe takes the text of the file",
    "privacy.retention": "for how long is kept what is decided by a person, who answers for it",
    "backups.settings": "how backups are made is decided by a person, who signs in afresh for it",
    "backups.export": "the keys go into the hands of a person, closed by a passphrase of theirs",
    "channels.new": BY_HAND,
    "channels.edit": BY_HAND,
    "channels.set_active": BY_HAND,
    "channels.delete": BY_HAND,
    "approval.decide": "approve_run and reject_run do it; the link is for a person without a computer at hand",
    "people.invite": PEOPLE,
    "people.change_role": PEOPLE,
    "people.deactivate": PEOPLE,
    "people.reactivate": PEOPLE,
    "people.reset": PEOPLE,
    "people.rules": PEOPLE,
    "people.end_session": PEOPLE,
    "people.end_sessions": PEOPLE,
    "people.revoke_invitation": PEOPLE,
    "invite.accept": PEOPLE,
    "own.index": OWN,
    "own.password": OWN,
    "own.end_session": OWN,
    "own.end_others": OWN,
    "passkeys.delete": OWN,
    "passkeys.options": OWN,
    "passkeys.register": OWN,
    "second_factor.policy": PEOPLE,
    "second_factor.remove": OWN,
    "second_factor.renew_codes": OWN,
    "second_factor.set_up": OWN,
    "prove.by_passkey": SIGNING_IN,
    "prove.check": SIGNING_IN,
    "prove.passkey_options": SIGNING_IN,
    "sign_in.by_passkey": SIGNING_IN,
    "sign_in.passkey_options": SIGNING_IN,
    "sign_in.second_step": SIGNING_IN,
    "strength.show": SIGNING_IN,
    "first_run.take": FIRST,
    "first_run.skip": FIRST,
    "first_run.close": FIRST,
    "practice.switch": "create_integration with the gateway practice does it",
    "practice.remove": "whatever was made to practise goes with it: a person says so, at the page that shows what",
    "preferences.index": SEEN,
    "preferences.switch_language": SEEN,
    "table_views.delete": SEEN,
    "table_views.edit": SEEN,
    "table_views.index": SEEN,
    "table_views.refill": SEEN,
    "tables.columns": SEEN,
    "tables.reset": SEEN,
    "tables.take": "the operations that list the same objects give the same rows, page by page",
    "why.ask": "a program tells the hook of the source which service to read again, and needs no token for it",
    "why.order": "a last resort of a person who looks at one customer; resend_account sends an account once more",
    "pulls.upload": FILES,
    "pulls.columns": FILES,
    "pulls.wizard": FILES,
}


def test_every_action_of_a_page_is_in_the_api_or_has_a_reason_why_not(app: APIFlask, client: FlaskClient) -> None:
    posts = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and not rule.rule.startswith(API_PREFIX)
    }
    assert posts - DOES.keys() - WHY_NOT.keys() == set()
    assert (DOES.keys() | WHY_NOT.keys()) - posts == set()
    assert not DOES.keys() & WHY_NOT.keys()


def test_every_operation_that_is_named_exists(app: APIFlask) -> None:
    document = app.extensions[DOCUMENT]()
    known = {operation["operationId"] for item in document["paths"].values() for operation in item.values()}
    assert {name for names in DOES.values() for name in names} - known == set()
