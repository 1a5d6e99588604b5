"""A verdict in words: the sentence, its links, the message to the customer, the summary for whoever looks after it."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from flask import Flask, current_app
from flask_babel import force_locale

from webapp.decide.why_chain import Link
from webapp.decide.why_verdict import Verdict
from webapp.messages import Explanation, explain
from webapp.messages.why_customer import CUSTOMER, SILENT, WORKING
from webapp.services.cases import Case
from webapp.services.provider import Provider
from webapp.web.causes import cause_words
from webapp.web.filters import day, when
from webapp.web.labels import label

_CAUSE = "cause_"


def register(app: Flask) -> None:
    """Bind what templates use."""
    app.jinja_env.globals.update(
        why_words=why_words, link_words=link_words, link_why=link_why, watches_word=watches_word,
        customer_message=customer_message, technical_summary=technical_summary,
    )  # fmt: skip


def why_words(verdict: Verdict) -> Explanation:
    """Return the verdict's sentence and what happens next, in the reader's language."""
    return explain(verdict.code, _written(verdict.params))


def link_words(link: Link) -> str:
    """Return what one link of the chain says."""
    return explain(link.code, _written(link.params)).cause


def link_why(link: Link) -> str:
    """Return why a link stands so; empty where there is nothing to tell."""
    if link.why is None:
        return ""
    code, params = link.why
    return cause_words(code, params) if code.startswith(_CAUSE) else explain(code, params).cause


def watches_word(case: Case) -> str:
    """Return the word of the label kind ``watches``."""
    verdict = case.verdict
    if verdict.code in SILENT or verdict.code == "why_service_over":
        return "none"
    if verdict.watches is None:
        return "unknown"
    if verdict.watches:
        return "yes"
    return "soon" if str(verdict.light) == "amber" else "no"


def customer_message(case: Case, first_name: str, provider: Provider) -> str:
    """Return what may be sent to the customer; empty where there is nothing to say.

    In the provider's language, whatever the reader's: no code, no document, no log-in, no word of the platform.
    """
    verdict = case.verdict
    if verdict.code in SILENT:
        return ""
    with force_locale(current_app.config["BABEL_DEFAULT_LOCALE"]):
        params = {**_written(verdict.params), "name": first_name}
        text = str(CUSTOMER.get(verdict.code, WORKING)).format_map(params)
        return f"{text}\n\n{provider.name}" if provider.name else text


def technical_summary(case: Case) -> str:
    """Return what whoever looks after the hub needs to know: ids, codes and times, and nothing of the person."""
    return "\n".join(f"{name}: {value}" for name, value in _technical(case) if value not in (None, ""))


def _technical(case: Case) -> Iterator[tuple[str, Any]]:
    verdict, account = case.verdict, case.account
    yield "verdict", f"{verdict.code} ({verdict.light}, {verdict.part}, {verdict.who})"
    for link in case.chain:
        yield f"link {link.part}", f"{link.code} ({link.light}){_at(link.at)}{f' {link.why[0]}' if link.why else ''}"
    yield "service", f"#{case.service.id} {case.service.status}" if case.service else ""
    yield "package sold", f"#{case.sale.id} of package #{case.sale.package_id}" if case.sale else ""
    if account is None:
        return
    yield "integration", f"#{account.integration_id} {account.integration.gateway}"
    yield "account", f"#{account.id} {account.status}, desired {account.desired or '-'}"
    yield "generation", f"{account.generation}, applied {account.applied_generation}{_at(account.applied_at)}"
    yield "due", _time(account.due_at)
    yield "tries", account.tries
    yield (
        "error",
        f"{account.error_kind or '-'} {account.error_code}{_at(account.error_at)}" if account.error_code else "",
    )
    yield "field", account.error_field
    yield "observed", f"{account.observed}{_at(account.observed_at)}" if account.observed else ""
    yield "missing since", _time(account.missing_since)
    yield "reconciliation", f"#{case.run_id}" if case.run_id else ""


def _at(at: datetime | None) -> str:
    return f" at {_time(at)}" if at else ""


def _time(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else ""


def _written(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a sentence as people write them."""
    return {name: _word(name, value) for name, value in params.items()}


def _word(name: str, value: Any) -> str:
    if name == "status":
        return f"“{label('service', str(value)).text}”"
    if isinstance(value, datetime):
        return when(value)
    return day(value) if isinstance(value, date) else str(value or "")
