"""The editor of a recipe: its text, and the values with which it is tried."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, Field, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from webapp.gateways.contract import ParamSpec, Traits
from webapp.services.recipe_trials import EXAMPLE, PARAMS, REMOTE, Draft
from webapp.web.forms.base import REQUIRED, PageForm, longest, strip
from webapp.web.forms.params import PREFIX, with_params
from webapp.web.forms.secret import SecretField
from webapp.web.labels import label

VALUE = "value-"
# Shown although no template names them: the log-in is made of them, or an answer is compared with them.
ALWAYS = ("customer.email", "customer.document", "account.login")
SECRET = ("account.password", "service.password")


class RecipeForm(PageForm):
    """The text and why it was changed.

    Attributes:
        key: of the recipe that is edited; empty for a new one.
        base: the edition on which the edit was begun.
    """

    text = TextAreaField(_("Recipe"))
    reason = StringField(
        _("Reason"), description=_("What you changed and why; it stands in the list of versions."),
        validators=[InputRequired(REQUIRED), longest(500)], filters=[strip],
    )  # fmt: skip
    key = HiddenField()
    base = HiddenField()
    operation = SelectField(_("Operation"), validate_choice=False)
    confirmed = BooleanField(_("I know that this really calls the platform."))


def form_class(draft: Draft) -> type[RecipeForm]:
    """Return the form with one field for each param of the recipe, and for each value that it sends."""
    if draft.traits is None:
        return RecipeForm
    fields = {field_name(name): _value_field(name) for name in value_names(draft.traits)}
    fields |= {field_name(REMOTE + name): _remote_field(name) for name in draft.remote}
    return with_params(type("RecipeForm", (RecipeForm,), fields), trial_specs(draft.traits))


def offer_operations(form: RecipeForm, draft: Draft) -> None:
    """Fill in what can be tried."""
    form.operation.choices = [(one.value, label("operation", one.value).text) for one in draft.operations]
    if form.operation.data not in dict(form.operation.choices) and draft.operations:
        form.operation.data = draft.operations[0].value


def value_names(traits: Traits) -> list[str]:
    """Return the values of a made-up subscriber that matter for this recipe."""
    return [name for name in EXAMPLE if name in traits.sends or name in ALWAYS]


def trial_specs(traits: Traits) -> list[ParamSpec]:
    """Return the params of a recipe, of the integration first."""
    return sorted(traits.params, key=lambda spec: spec.scope == "package")


def trial_values(form: RecipeForm, draft: Draft) -> dict[str, str]:
    """Return what was typed, by the names that a recipe uses; what was left empty is left out."""
    if draft.traits is None:
        return {}
    names = {field_name(name): name for name in value_names(draft.traits)}
    names |= {field_name(REMOTE + name): REMOTE + name for name in draft.remote}
    names |= {PREFIX + spec.name: PARAMS + spec.name for spec in draft.traits.params}
    typed = {name: (form[field].data or "").strip() for field, name in names.items()}
    return {name: value for name, value in typed.items() if value}


def example_data(draft: Draft) -> dict[str, Any]:
    """Return the made-up subscriber as the form's data; secrets are made up where they are needed."""
    if draft.traits is None:
        return {}
    return {field_name(name): EXAMPLE[name] for name in value_names(draft.traits) if name not in SECRET}


def value_fields(form: RecipeForm, draft: Draft) -> Sequence[Field]:
    """Return the fields of the subscriber and of the platform's ids, in their order."""
    if draft.traits is None:
        return []
    names = [*value_names(draft.traits), *(REMOTE + name for name in draft.remote)]
    return [form[field_name(name)] for name in names]


def field_name(name: str) -> str:
    """Return the name of a value's field: a dot would mean a class to whoever looks for it by its id."""
    return VALUE + name.replace(".", "-")


def _value_field(name: str) -> Field:
    settings: dict[str, Any] = {"label": label("sent", name).text, "filters": [strip], "validators": [longest(500)]}
    if name in SECRET:
        return SecretField(render_kw={"placeholder": EXAMPLE[name], "autocomplete": "new-password"}, **settings)
    hint = {"placeholder": _("As the e-mail")} if name == "account.login" else {}
    return StringField(render_kw={**hint, "autocomplete": "off"}, **settings)


def _remote_field(name: str) -> Field:
    return StringField(_("Id on the platform: %(name)s", name=name), filters=[strip], validators=[longest(500)])
