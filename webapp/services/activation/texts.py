"""The words of messages: those that the hub brings along, those of the provider, and what they look like filled in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from flask_babel import force_locale
from flask_babel import gettext as _
from pydantic import StringConstraints
from sqlalchemy import select

from webapp.decide.activation import (
    CREATED,
    ENABLED,
    KINDS,
    LINK,
    LOGIN,
    NAME,
    PACKAGE,
    PASSWORD,
    PLATFORM,
    PROVIDER,
    SECRET,
    render,
    render_line,
    text_flaws,
)
from webapp.extensions import db
from webapp.models import MessageTemplate, Package
from webapp.services import audit
from webapp.services.activation.subject import Subject, provider_name
from webapp.services.changes import assign, check_version, commit, get_or_refuse, refuse_if, snapshot
from webapp.services.channel_plugins import Text
from webapp.services.errors import NotFound, Problem
from webapp.services.hub import current_hub
from webapp.services.inputs import Id, Input
from webapp.services.transactions import begin

OBJECT = "message_template"
FIELDS = ("subject", "body", "active")
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\x00\r\n]*$")]
Body = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000, pattern=r"^[^\x00]*$")]


class TemplateInput(Input):
    """The words of one kind of message. ``package_id`` None: of all packages without words of their own.

    ``active`` False: messages of this kind are not sent.
    """

    subject: Line
    body: Body
    active: bool = True
    package_id: Id | None = None


@dataclass(frozen=True)
class Words:
    """The words that count: those that somebody wrote, else those that the hub brings along."""

    kind: str
    subject: str
    body: str
    active: bool = True
    template: MessageTemplate | None = None


def built_in(kind: str) -> Words:
    """Return the words that the hub brings along, in the language of the settings."""
    with force_locale(current_hub().settings.locale):
        subject, body = _built_in()[kind]
    return Words(kind, subject, body)


def words_for(kind: str, package_ids: Sequence[int]) -> Words:
    """Return the words for a message about these packages: of the first that has its own, else of all."""
    wanted = select(MessageTemplate).where(MessageTemplate.kind == kind)
    found = {one.package_id: one for one in db.session.scalars(wanted)}
    for package_id in (*package_ids, None):
        if package_id in found:
            own = found[package_id]
            return Words(kind, own.subject, own.body, own.active, own)
    return built_in(kind)


def list_templates() -> Sequence[MessageTemplate]:
    """Return the words that somebody wrote: those of all packages first, then by package."""
    wanted = select(MessageTemplate).outerjoin(Package).order_by(Package.description, MessageTemplate.id)
    rows = db.session.scalars(wanted).all()
    return sorted(rows, key=lambda one: (one.package_id is not None, KINDS.index(one.kind)))


def find_template(kind: str, package_id: int | None) -> MessageTemplate | None:
    """Return the words that somebody wrote for exactly this.

    Raises:
        NotFound: no such kind or package.
    """
    if kind not in KINDS:
        raise NotFound("template_kind_unknown", {"kind": kind})
    if package_id is not None:
        get_or_refuse(Package, package_id, "package_not_found")
    same = (MessageTemplate.package_id == package_id) if package_id else MessageTemplate.package_id.is_(None)
    found: MessageTemplate | None = db.session.scalar(
        select(MessageTemplate).where(MessageTemplate.kind == kind, same)
    )  # fmt: skip
    return found


def save_template(kind: str, data: TemplateInput, version: int | None = None) -> MessageTemplate:
    """Keep the words of a kind of message.

    Raises:
        NotFound: no such kind or package.
        Conflict: somebody changed them meanwhile; show both and ask again.
        Invalid: a word is unknown, or they hold more than words; show it beside the field.
    """
    refuse_if(_problems(data))
    begin(reads_only=False)
    found = find_template(kind, data.package_id)
    values = {name: getattr(data, name) for name in FIELDS}
    if found is None:
        found = MessageTemplate(kind=kind, package_id=data.package_id, **values)
        db.session.add(found)
        db.session.flush()
        audit.record("message_template.create", OBJECT, found.id, kind, after=_seen(found))
    else:
        _change(found, values, version)
    commit()
    return found


def delete_template(kind: str, package_id: int | None, reason: str = "") -> None:
    """Go back to the words of all packages, or to those that the hub brings along; nothing to do where none are kept.

    Raises:
        NotFound: no such kind or package.
    """
    begin(reads_only=False)
    found = find_template(kind, package_id)
    if found is not None:
        audit.record("message_template.delete", OBJECT, found.id, kind, before=_seen(found), reason=reason)
        db.session.delete(found)
    commit()


def write(words: Words, values: Mapping[str, str]) -> Text:
    """Return the message; how to be told no more stands at its end, whatever the words."""
    with force_locale(current_hub().settings.locale):
        out = _("You do not want these messages any more? Tell %(who)s.", who=values[PROVIDER] or _("your provider"))
    return Text(render_line(words.subject, values), f"{render(words.body, values)}\n\n{out}", "over")


def values_of(subject: Subject, *, password_allowed: bool, link: str) -> dict[str, str]:
    """Return what the words stand for; a password that may not go this way is the link instead."""
    account = subject.account
    known = str(subject.password) if subject.password is not None else ""
    return {
        NAME: account.service.customer.name, PLATFORM: account.integration.description, PACKAGE: subject.package,
        LOGIN: account.login, SECRET: (known if password_allowed and known else link), LINK: link,
        PROVIDER: provider_name(),
    }  # fmt: skip


def preview(subject: str, body: str, *, password_allowed: bool) -> Text:
    """Return a message to somebody made up; the words must be without flaws."""
    link = f"{current_hub().settings.base_url or 'https://hub.example.com'}/ver/…"
    values = {
        NAME: "Ana Exemplo", PLATFORM: "TV Exemplo", PACKAGE: "Filmes e Séries", LOGIN: "ana@example.com",
        SECRET: "ana-2468" if password_allowed else link, LINK: link, PROVIDER: provider_name(),
    }  # fmt: skip
    return write(Words(CREATED, subject, body), values)


def _built_in() -> Mapping[str, tuple[str, str]]:
    return {
        CREATED: (
            _("Your access to {{ plataforma }}"),
            _(
                "Hello, {{ nome }}!\n\nYour package {{ pacote }} is ready on {{ plataforma }}.\n\n"
                "Log-in: {{ login }}\nPassword: {{ senha }}\n\n"
                "Open the app or the page of {{ plataforma }} and sign in."
            ),
        ),
        PASSWORD: (
            _("Your password on {{ plataforma }} has changed"),
            _(
                "Hello, {{ nome }}!\n\nFrom now on you sign in on {{ plataforma }} with another password.\n\n"
                "Log-in: {{ login }}\nPassword: {{ senha }}"
            ),
        ),
        ENABLED: (
            _("Your access to {{ plataforma }} is back"),
            _(
                "Hello, {{ nome }}!\n\nYour package {{ pacote }} on {{ plataforma }} works again.\n\n"
                "Log-in: {{ login }}"
            ),
        ),
    }


def _change(found: MessageTemplate, values: Mapping[str, object], version: int | None) -> None:
    check_version(found, version)
    before = _seen(found)
    if assign(found, values):
        audit.record("message_template.update", OBJECT, found.id, found.kind, before=before, after=_seen(found))


def _problems(data: TemplateInput) -> list[Problem]:
    problems = [Problem("body", "template_empty")] if not data.body else []
    for field in ("subject", "body"):
        problems += [Problem(field, flaw.code, flaw.params) for flaw in text_flaws(getattr(data, field))]
    return problems


def _seen(found: MessageTemplate) -> dict[str, object]:
    name = None if found.package_id is None else db.session.get_one(Package, found.package_id).description
    return {"package": name, **snapshot(found, FIELDS)}
