"""Fields made from what a gateway declares; a new platform needs no form of its own."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _
from wtforms import Field, SelectField, StringField, URLField
from wtforms.validators import InputRequired, Optional

from webapp.decide.credentials import FIELDS, USER_PARAM
from webapp.decide.params import SALE, specs_for
from webapp.gateways.contract import ParamSpec, Traits
from webapp.web.filters import translated
from webapp.web.forms.base import REQUIRED, PageForm, longest, strip
from webapp.web.forms.secret import SecretField

Form = TypeVar("Form", bound=PageForm)

PREFIX = "param-"
SWITCH_CHOICES = (("", _("As by default")), ("true", _("On")), ("false", _("Off")))
STORED = _("Stored; type to replace it")


def sale_specs(traits: Traits) -> list[ParamSpec]:
    """Return the params of a sale, with the switches and the password field that the gateway knows."""
    specs = specs_for(traits, SALE)
    known = {spec.name for spec in specs}
    specs += [ParamSpec(name, name, kind="boolean") for name in traits.boolean_params if name not in known]
    if traits.password is not None and USER_PARAM not in known:
        specs.append(ParamSpec(USER_PARAM, "Password field", kind="choice", choices=FIELDS))
    return specs


def with_params(form: type[Form], specs: Sequence[ParamSpec], stored: Collection[str] = ()) -> type[Form]:
    """Return the form with one field for each param.

    Args:
        stored: names of secrets that have a value; it is never shown, and an empty field keeps it.
    """
    fields = {PREFIX + spec.name: _field(spec, spec.name in stored) for spec in specs}
    return type(form.__name__, (form,), fields)


def filled(specs: Sequence[ParamSpec], params: Mapping[str, str | None]) -> dict[str, Any]:
    """Return the fields' data from params; secrets stay out."""
    return {PREFIX + spec.name: params.get(spec.name) or "" for spec in specs if not spec.secret}


def given(form: PageForm, specs: Sequence[ParamSpec]) -> dict[str, str]:
    """Return the params that were filled in; an empty secret is left out, which keeps it, or "" takes it away."""
    fields = {spec.name: form[PREFIX + spec.name] for spec in specs}
    typed = {name: field.data for name, field in fields.items() if field.data}
    cleared = [name for name, field in fields.items() if getattr(field, "cleared", False)]
    return {**typed, **dict.fromkeys(cleared, "")}


def _field(spec: ParamSpec, stored: bool) -> Field:
    needed = spec.required and not spec.default and not stored
    settings: dict[str, Any] = {
        "label": translated(spec.label) or spec.name,
        "description": translated(spec.help),
        "validators": [InputRequired(REQUIRED) if needed else Optional()],
        "filters": [strip],
    }
    if spec.kind == "boolean":
        return SelectField(choices=list(SWITCH_CHOICES), **settings)
    if spec.kind == "choice":
        empty = ("", _("As by default"))
        return SelectField(choices=[empty, *_choices(spec)], **settings)
    settings["validators"].append(longest(4000))
    if spec.kind == "secret":
        hint = {"placeholder": STORED if stored else "", "autocomplete": "new-password"}
        # One that is needed can be replaced, but not be taken away.
        return SecretField(render_kw=hint, stored=stored, removable=stored and not spec.required, **settings)
    kind = URLField if spec.kind == "url" else StringField
    return kind(render_kw=_keys(spec), **settings)


def _keys(spec: ParamSpec) -> dict[str, str]:
    keys = {"autocomplete": "off", "spellcheck": "false"}
    if spec.default:
        keys["placeholder"] = spec.default
    return {**keys, "inputmode": "decimal"} if spec.kind == "number" else keys


def _choices(spec: ParamSpec) -> list[tuple[str, Any]]:
    if not spec.choice_labels:
        return [(choice, choice) for choice in spec.choices]
    return [(choice, translated(label)) for choice, label in zip(spec.choices, spec.choice_labels, strict=True)]
