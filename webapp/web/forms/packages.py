"""Forms of packages."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import Field, FieldList, Form, FormField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, NumberRange, StopValidation
from wtforms.validators import Optional as MayBeEmpty

from webapp.decide.dici import MEDIUMS, PRODUCT_KINDS
from webapp.models.package import COMPOSITION_KINDS, DICI_TYPES
from webapp.services.errors import Problem
from webapp.web.filters import amount
from webapp.web.forms.base import REQUIRED, PageForm, longest, optional_id, strip
from webapp.web.forms.fields import OTHERS, MoneyField, parse_money
from webapp.web.labels import COMPOSITION, DICI

HIGHEST = Decimal("9999999.99")
IN_RANGE = NumberRange(0, HIGHEST, _("Write an amount between 0 and 9,999,999.99."))
FASTEST_MBPS = 1_000_000
PRODUCTS_OF = "product-"
MEDIUM_WORDS = {
    "fibra": _("Optical fibre"), "radio": _("Radio"), "cabo_coaxial": _("Coaxial cable"),
    "cabo_metalico": _("Metallic cable"), "satelite": _("Satellite"),
}  # fmt: skip
KIND_WORDS = {
    "internet": _("Internet"), "linha_dedicada": _("Dedicated line"), "m2m": _("Machine to machine (M2M)"),
    "outros": _("Others"),
}  # fmt: skip


class SpeedField(MoneyField):
    """Megabits per second; 1.000 and 0,5 are both understood."""

    keys = {**OTHERS, "inputmode": "decimal"}

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data:f}"

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        try:
            self.data = parse_money(text) if text else None
        except InvalidOperation as error:
            self.data = None
            raise ValueError(_("Write a speed like 500.")) from error


class ProductCodes(Field):
    """Codes that were ticked, by integration: each integration's boxes have a name of their own.

    A page without JavaScript shows the products of all integrations; only those of the chosen one count.
    """

    data: dict[int, list[str]]
    sent_prefix = PRODUCTS_OF
    # Name of a product by its code, of each integration; filled in by whoever offers the choice.
    names: Mapping[int, Mapping[str, str]] = {}

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Read the boxes that were ticked, or what the package carries."""
        self.process_errors = []
        self.data = data if isinstance(data, dict) else {}
        if formdata is not None:
            numbers = (name.removeprefix(PRODUCTS_OF) for name in formdata if name.startswith(PRODUCTS_OF))
            ticked = {number: formdata.getlist(PRODUCTS_OF + number) for number in numbers if number.isdecimal()}
            self.data = {int(number): codes for number, codes in ticked.items()}

    def of(self, integration_id: int | None) -> list[str]:
        """Return the codes ticked of one integration."""
        return self.data.get(integration_id, []) if integration_id else []

    def as_sent(self) -> dict[str, list[str]]:
        """Return the boxes as a page sends them."""
        return {f"{PRODUCTS_OF}{number}": list(codes) for number, codes in self.data.items() if number and codes}

    def said(self, sent: Mapping[str, Sequence[str]]) -> list[str]:
        """Return the names of the products that were ticked."""
        ticked = ((int(name.removeprefix(PRODUCTS_OF)), codes) for name, codes in sent.items())
        return [self.names.get(number, {}).get(code, code) for number, codes in ticked for code in codes] or ["–"]


class CompositionRow(Form):
    """One line of what a package is made of; a line without anything is not one."""

    description = StringField(_("Description"), filters=[strip])
    kind = SelectField(_("Kind"), choices=[(kind, COMPOSITION[kind].text) for kind in COMPOSITION_KINDS])
    value = MoneyField(_("Value (R$)"))

    @property
    def is_blank(self) -> bool:
        """Nothing was written in this line; an amount that cannot be read is something."""
        return not self.description.data and self["value"].data is None and not self["value"].process_errors

    def validate_description(self, field: Field) -> None:
        """Refuse an amount without a name."""
        if not field.data and not self.is_blank:
            raise StopValidation(REQUIRED)
        longest(200)(self, field)

    def validate_value(self, field: Field) -> None:
        """Refuse a name without an amount."""
        if field.data is None and not field.process_errors and not self.is_blank:
            raise StopValidation(REQUIRED)
        if field.data is not None:
            IN_RANGE(self, field)


class PackageForm(PageForm):
    """Create or change a package."""

    version = HiddenField()
    description = StringField(_("Description"), [InputRequired(REQUIRED), longest(200)], filters=[strip])
    code = StringField(
        _("Code"), [longest(60)], filters=[strip], description=_("As your ERP or spreadsheet names it; may stay empty.")
    )
    value = MoneyField(_("Value (R$)"), [InputRequired(REQUIRED), IN_RANGE])
    composition = FieldList(FormField(CompositionRow), _("Composition"))
    accountant_note = TextAreaField(
        _("Note of the accountant"), [longest(500)], filters=[strip], render_kw={"rows": 2},
        description=_("Who checked the composition, when, and under which rule."),
    )  # fmt: skip
    integration_id = SelectField(_("Integration"), coerce=optional_id)
    product_codes = ProductCodes(_("Products"))
    dici_type = SelectField(
        _("DICI declaration"), choices=[(kind, DICI[kind].text) for kind in DICI_TYPES], default="none",
        description=_("Streaming, books and courses are value-added services (SVA): they are not declared."),
    )  # fmt: skip
    dici_technology = StringField(
        _("Technology"), [longest(200)], filters=[strip], description=_("The link layer, such as GPON or Ethernet.")
    )
    # Which words Anatel knows is a rule of the business: the use case judges them.
    dici_medium = SelectField(
        _("Medium"), choices=[("", "–"), *((word, MEDIUM_WORDS[word]) for word in MEDIUMS)], validate_choice=False
    )
    dici_product_kind = SelectField(
        _("Kind of product"), choices=[("", "–"), *((word, KIND_WORDS[word]) for word in PRODUCT_KINDS)],
        validate_choice=False,
    )  # fmt: skip
    dici_speed_mbps = SpeedField(
        _("Speed (Mbps)"),
        [MayBeEmpty(), NumberRange(0, FASTEST_MBPS, _("Write a speed between 0 and 1,000,000 Mbps."))],
    )

    def add_problems(self, problems: Sequence[Problem]) -> None:
        """Show each problem beside its field; amounts as they are written here."""
        super().add_problems([_written_here(problem) for problem in problems])

    def find_field(self, path: str) -> Field | None:
        """Return the field of a problem; one of a single product stands beside the list of products."""
        if path.startswith("product_codes."):
            return self.product_codes
        if path.startswith("composition."):
            return self._line_field(*path.split(".")[1:])
        return super().find_field(path.replace("dici.", "dici_"))

    def composition_lines(self) -> list[dict[str, Any]]:
        """Return what was written in the lines, without blank ones."""
        names = ("description", "kind", "value")
        return [{name: row.data[name] for name in names} for row in self._filled()]

    def add_rest(self) -> None:
        """Put what the lines lack of the value into the first line without one, or into a new line."""
        lines = self.composition_lines()
        rest = (self["value"].data or Decimal(0)) - sum((line["value"] or Decimal(0) for line in lines), Decimal(0))
        if rest > 0:
            empty = next((line for line in lines if line["value"] is None), None)
            if empty is None:
                empty = {"description": self.description.data if not lines else "", "kind": COMPOSITION_KINDS[0]}
                lines.append(empty)
            empty["value"] = rest
        while self.composition.entries:
            self.composition.pop_entry()
        for line in lines:
            self.composition.append_entry(line)

    def _filled(self) -> list[Any]:
        return [row for row in self.composition.entries if not row.form.is_blank]

    def _line_field(self, place: str, name: str = "description") -> Field:
        """The use case counts the lines that it was given: blank ones were not."""
        field: Field = self._filled()[int(place)].form[name]
        return field


def _written_here(problem: Problem) -> Problem:
    if problem.code not in ("composition_below", "composition_above"):
        return problem
    return replace(problem, params={name: amount(Decimal(text)) for name, text in problem.params.items()})
