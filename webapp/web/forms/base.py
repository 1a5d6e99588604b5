"""What all forms share: stripped text, money and dates as they are written here, problems beside fields."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from flask import g, has_request_context, request
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from pydantic import BaseModel, ValidationError
from werkzeug.datastructures import MultiDict
from wtforms import Field, FieldList, Form, FormField, StringField
from wtforms.validators import Length
from wtforms.validators import ValidationError as FieldError

from webapp.decide.params import looks_secret
from webapp.messages import explain
from webapp.services.errors import Conflict, Invalid, Problem, ServiceError
from webapp.web.forms.secret import SecretField
from webapp.web.forms.versions import GO_ON, OPENED, sent_by, write_opened
from webapp.web.forms.wrong import WrongField, wrong_fields

Model = TypeVar("Model", bound=BaseModel)

REQUIRED = _("Fill in this field.")
TOO_LONG = _("Use at most %(max)d characters.")


def strip(value: Any) -> Any:
    """Drop blanks around text."""
    return value.strip() if isinstance(value, str) else value


def longest(characters: int) -> Length:
    """Refuse longer text, in words."""
    return Length(max=characters, message=TOO_LONG)


def optional_id(value: str) -> int | None:
    """Read the id of a choice that may be left empty."""
    return int(value) if value not in ("", "None", None) else None


@contextmanager
def as_stored() -> Iterator[None]:
    """Within it, forms show what is stored, although this request sent something else."""
    g.as_stored = True
    try:
        yield
    finally:
        del g.as_stored


def what_was_sent() -> "MultiDict[str, str] | None":
    """Return the form that this request sent; None where a page is only shown."""
    if not has_request_context() or request.method != "POST" or g.get("as_stored"):
        return None
    return request.form


class PageForm(FlaskForm):
    """Parent of all forms.

    Attributes:
        stale: somebody else changed the thing meanwhile; the page leads to the present version.
        unproved: whoever sits there must prove first to be the operator; the page leads there.
        compares: it edits a thing, so that its version can be laid beside somebody else's.
    """

    stale = False
    unproved = False
    compares = True

    class Meta:
        """What wtforms reads."""

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """Leave out what was sent where what is stored is asked for."""
            if has_request_context() and g.get("as_stored"):
                return None
            return super().wrap_formdata(form, formdata)  # type: ignore[misc]

    def validate_on_submit(self, extra_validators: Any = None) -> bool:
        """Tell whether the form was sent and is right; whoever only goes on with typing saves nothing."""
        if GO_ON in request.form:
            return False
        return bool(super().validate_on_submit(extra_validators))

    def parts(self) -> Iterator[Field]:
        """Give all fields that the page of the form sends, those of forms inside it too."""
        yield from self

    def as_sent(self) -> dict[str, list[str]]:
        """Return what the page of this form sends while nothing was typed; secrets stay out."""
        return sent_by(self)

    @property
    def opened(self) -> str:
        """What an edit was opened with, for the form's hidden input; empty for what is new."""
        if not self.compares or not self["version"].data:
            return ""
        return request.form[OPENED] if OPENED in request.form else self.opened_with()

    def opened_with(self) -> str:
        """Return what the form holds now, as whoever opens it now takes it along."""
        return write_opened(self.as_sent())

    @property
    def typed(self) -> bool:
        """Whether the page shows what somebody typed and nothing has saved yet."""
        shown = (field for field in self.parts() if field.type not in ("HiddenField", "CSRFTokenField"))
        return what_was_sent() is not None and any(getattr(field, "raw_data", None) for field in shown)

    @property
    def has_both_kinds(self) -> bool:
        """Whether it is long enough, and has fields that must be filled in beside some that may stay empty."""
        asked = [field for field in self.parts() if field.type not in ("HiddenField", "CSRFTokenField", "BooleanField")]
        needed = sum(bool(field.flags.required) for field in asked)
        return len(asked) > 3 and 0 < needed < len(asked)

    def wrong_fields(self) -> list[WrongField]:
        """Return every field that is marked as wrong with the words beside it, in the order of the page."""
        return list(wrong_fields(self.parts()))

    def add_problems(self, problems: Sequence[Problem]) -> None:
        """Show each problem beside its field, or above the form when there is no such field."""
        for problem in problems:
            text = str(explain(problem.code, problem.params))
            field = self.find_field(problem.field)
            if field is None:
                self.form_errors.append(text)
            else:
                field.errors = [*field.errors, text]

    def find_field(self, path: str) -> Field | None:
        """Return the field of a dotted path such as ``composition.1.value`` or ``params.usuario``."""
        head, _dot, rest = path.partition(".")
        name = rest if head == "params" and rest else path
        if f"param-{name}" in self:
            return self[f"param-{name}"]
        if head == "params":
            return self._free_row(rest)
        return _find(self, path.split("."))

    def _free_row(self, name: str) -> Field | None:
        rows = self["free"].entries if "free" in self else []
        return next((row.form["value"] for row in rows if row.data["name"] == name), None)

    @property
    def has_errors(self) -> bool:
        return bool(self.errors)


class ParamRow(Form):
    """One free name and value; the value is hidden where its name is that of a secret."""

    name = StringField(_("Parameter"), validators=[longest(120)], filters=[strip])
    value = SecretField(_("Value"), validators=[longest(4000)], secret=False)

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Read the row; only with its name is it known whether the value may be shown."""
        super().process(*args, **kwargs)
        self["value"].secret = looks_secret(self["name"].data or "")


def change_rows(rows: FieldList, form_data: Mapping[str, str], prefix: str) -> bool:
    """Carry out the buttons *add* and *remove* of a list of rows; they work without JavaScript.

    Args:
        prefix: the buttons are named ``<prefix>-add`` and ``<prefix>-remove`` (value = row).

    Returns:
        True when a button was pressed: show the form again and save nothing.
    """
    if f"{prefix}-add" in form_data:
        rows.append_entry()
        return True
    pressed = form_data.get(f"{prefix}-remove", "")
    if not pressed.isdecimal():
        return False
    kept = [entry.data for place, entry in enumerate(rows.entries) if place != int(pressed)]
    while rows.entries:
        rows.pop_entry()
    for data in kept:
        rows.append_entry(data)
    return True


def row_params(rows: FieldList) -> dict[str, str]:
    """Return name -> value of rows that have a name.

    Raises:
        FieldError: a name stands twice.
    """
    params: dict[str, str] = {}
    for entry in rows.entries:
        name = entry.data["name"]
        if name and name in params:
            raise FieldError(_("This parameter stands twice; keep one."))
        if name:
            params[name] = entry.data["value"] or ""
    return params


def parse_input(model: type[Model], values: Mapping[str, Any], emptied: Collection[str] = ()) -> Model:
    """Return the input of a use case; what a form left out keeps the input's default.

    Args:
        emptied: names whose None says something: that the field was emptied.

    Raises:
        Invalid: what pydantic refuses, by field; most of it is caught by the form before.
    """
    try:
        return model.model_validate(
            {name: value for name, value in values.items() if value is not None or name in emptied}
        )
    except ValidationError as error:
        raise Invalid(
            [
                Problem(".".join(map(str, item["loc"])), "field_refused", {"detail": item["msg"]})
                for item in error.errors()
            ]
        ) from error


def edited_version(form: Any) -> int:
    """Return the version that the form was shown with; what is no number matches none."""
    text = str(form.version.data or "")
    return int(text) if text.isdecimal() else 0


def show_refusal(form: PageForm, error: ServiceError) -> int:
    """Put a refusal on the form and return the status that the page answers with.

    Raises:
        ServiceError: the same, when it is neither about the data nor a conflict.
    """
    if isinstance(error, Invalid):
        form.add_problems(error.problems)
        return 422
    if isinstance(error, Conflict):
        form.form_errors.append(str(explain(error.code, error.params)))
        form.stale = error.code == "stale"
        return 409
    raise error


def _find(owner: Any, path: list[str]) -> Field | None:
    name, rest = path[0], path[1:]
    inner: Field | None = None
    if isinstance(owner, FieldList):
        inner = owner.entries[int(name)] if name.isdecimal() and int(name) < len(owner.entries) else None
    elif isinstance(owner, FormField | Form):
        fields = owner.form if isinstance(owner, FormField) else owner
        inner = fields[name] if name in fields else None  # noqa: SIM401 - a form has no get()
    if inner is None or not rest:
        return inner
    return _find(inner, rest)
