"""Forms of internet plans."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    DecimalField,
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
)
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import TextInput

from webapp.models import Package
from webapp.web.forms.base import REQUIRED, PageForm, change_rows, longest, optional_id, strip
from webapp.web.forms.fields import DayField, MoneyField
from webapp.web.forms.presets import Preset, make_preset
from webapp.web.forms.versions import sent_by

WHOLE = NumberRange(0, 2**31 - 1, _("Give zero or more."))
MONTHS = _("Give 0 to 120 months.")
Stored = Mapping[int, Mapping[str, str]]


class PlanPackageRow(Form):
    """One package that comes with a plan."""

    package_id = SelectField(_("Package"), coerce=optional_id)
    mandatory = BooleanField(_("Mandatory"))


class PlanForm(PageForm):
    """Create or change an internet plan. ``fit`` must follow, for the params of its packages."""

    version = HiddenField()
    description = StringField(_("Description"), [InputRequired(REQUIRED), longest(200)], filters=[strip])
    value = MoneyField(_("Value (R$)"), [InputRequired(REQUIRED)])
    technology = StringField(_("Technology"), [longest(60)], filters=[strip], render_kw={"list": "technologies"})
    download_kbps = IntegerField(_("Download (kbps)"), [Optional(), WHOLE])
    upload_kbps = IntegerField(_("Upload (kbps)"), [Optional(), WHOLE])
    contract_months = IntegerField(
        _("Contract term (months)"), [Optional(), NumberRange(0, 120, MONTHS)],
        description=_("How long a contract of this plan runs; 0 = no fixed term."),
    )  # fmt: skip
    band_control = BooleanField(
        _("Control bandwidth"),
        default=True,
        description=_("Whether your network holds the customer to this download and upload."),
    )
    lock_packages = BooleanField(
        _("Lock packages"),
        description=_(
            "Only packages of this list can be added to services of the plan; others do not show up there. "
            "What was sold before stays."
        ),
    )
    packages = FieldList(FormField(PlanPackageRow), _("Packages"))

    def fit(self, packages: Mapping[int, Package], stored: Stored, sent: Mapping[str, str] | None) -> None:
        """Offer these packages, and make the fields of those that are chosen.

        Args:
            stored: package id -> params that are kept now.
            sent: the request's form, or None where nothing was sent.
        """
        self.offered, self.stored = packages, stored
        self.presets: list[Preset] = []
        self._offer()
        for row in self.packages.entries:
            chosen = packages.get(row.form.package_id.data)
            kept = stored.get(chosen.id, {}) if chosen else {}
            self.presets.append(make_preset(row.name, chosen, kept, sent))

    def pressed(self, sent: Mapping[str, str]) -> bool:
        """Carry out the buttons of the rows; True when one was pressed: show again, save nothing."""
        if "packages-refresh" in sent:
            return True
        if any(change_rows(each.form.free, sent, f"{each.name}-free") for each in self.presets):
            return True
        if not change_rows(self.packages, sent, "packages"):
            return False
        removed = sent.get("packages-remove", "")
        left = [each for place, each in enumerate(self.presets) if str(place) != removed]
        rows = self.packages.entries
        self.presets = [each.renamed(row.name) for each, row in zip(left, rows, strict=False)]
        self.presets += [make_preset(row.name, None, {}, None) for row in rows[len(left) :]]
        self._offer()
        return True

    def chosen(self) -> list[tuple[Any, Preset]]:
        """Return rows in which a package was chosen, with their params."""
        rows = zip(self.packages.entries, self.presets, strict=True)
        return [(row, preset) for row, preset in rows if row.form.package_id.data is not None]

    def parts(self) -> Iterator[Field]:
        """Give the fields of the plan and of the params of its packages."""
        yield from self
        for preset in self.presets:
            yield from preset.form

    def as_sent(self) -> dict[str, list[str]]:
        """Return what the page sends while nothing was typed: also for which packages params are shown."""
        shown = {f"{each.name}-shown": [str(each.package.id)] for each in self.presets if each.package}
        return sent_by(self.parts()) | shown

    @property
    def packages_value(self) -> Decimal:
        """What the chosen packages cost together."""
        return sum((preset.package.value for _row, preset in self.chosen() if preset.package), Decimal(0))

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """Judge the plan and the params of all its packages."""
        own = super().validate(extra_validators)
        return all([own, *(preset.form.validate() for preset in self.presets)])

    @property
    def errors(self) -> dict[Any, Any]:
        found = dict(super().errors)
        if self.wrong_packages:
            found["packages"] = self.packages.errors
        return found

    @property
    def wrong_packages(self) -> bool:
        """Whether something is wrong with the packages or their params."""
        rows = any(row.form.errors for row in self.packages.entries)
        return bool(rows or self.packages.errors or any(each.form.errors for each in self.presets))

    def find_field(self, path: str) -> Field | None:
        """Return the field of a path; rows without a package do not count in ``packages.1``."""
        parts = path.split(".")
        if parts[0] != "packages" or len(parts) < 3 or not parts[1].isdecimal():
            return super().find_field(path)
        chosen = self.chosen()
        if int(parts[1]) >= len(chosen):
            return None
        row, preset = chosen[int(parts[1])]
        if parts[2] == "params":
            return preset.form.find_field(".".join(parts[2:])) or row.form.package_id
        return row.form[parts[2]] if parts[2] in row.form else None  # noqa: SIM401 - a form has no get()

    def _offer(self) -> None:
        choices = [(package.id, package.description) for package in self.offered.values()]
        for row in self.packages.entries:
            row.form.package_id.choices = [("", _("Choose a package")), *choices]


class PercentField(DecimalField):
    """A percentage such as 5,5 or -3.25; a number field of the browser would lose the comma."""

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        text = f"{self.data:f}" if self.data is not None else ""
        return text.replace(".", ",") if str(get_locale()).startswith("pt") else text

    def process_formdata(self, valuelist: list[str]) -> None:
        text = (valuelist[0] if valuelist else "").replace("\u2212", "-").replace("%", "").replace(" ", "")
        self.data = None
        if text and not re.fullmatch(r"[+-]?[0-9]{1,4}([.,][0-9]{1,4})?", text):
            raise ValueError(_("Write a percentage like 5,5 or -3."))
        if text:
            self.data = Decimal(text.replace(",", "."))


class ReadjustForm(PageForm):
    """By how much the value of a plan changes."""

    percent = PercentField(
        _("Percentage"), [Optional()],
        description=_("Like 5,5 for more, -3 for less."),
    )  # fmt: skip
    amount = MoneyField(
        _("Or the new value of the plan (R$)"), [Optional()],
        description=_("Instead of a percentage."),
    )  # fmt: skip
    also_own = BooleanField(
        _("Also services with a value of their own"),
        description=_("They change in the same proportion as the plan; otherwise they keep their value."),
    )


class RenewForm(PageForm):
    """Which contracts become longer, and by how many months."""

    months = IntegerField(
        _("Months"), [InputRequired(REQUIRED), NumberRange(1, 120, _("Give 1 to 120 months."))],
        description=_("Each contract ends so many months after its present end."),
    )  # fmt: skip
    until = DayField(
        _("Contracts that end on or before"), [InputRequired(REQUIRED)],
        description=_("Contracts that end later, and services without a term, stay as they are."),
    )  # fmt: skip


class ConfirmForm(PageForm):
    """Apply what a preview showed, and nothing else."""

    checksum = HiddenField()
    reason = StringField(
        _("Reason"), [longest(200)], filters=[strip],
        description=_("Goes into the history of the plan and of each service, for example the index used."),
    )  # fmt: skip
