"""Forms of packages and plans."""

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, FieldList, Form, FormField, HiddenField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, NumberRange, Optional

from webapp.models.package import COMPOSITION_KINDS, DICI_TYPES
from webapp.web.forms.base import REQUIRED, MoneyField, PageForm, longest, strip
from webapp.web.labels import COMPOSITION, DICI


def optional_id(value: str) -> int | None:
    """Read the id of a choice that may be left empty."""
    return int(value) if value not in ("", "None", None) else None


class CompositionRow(Form):
    """One line of what a package is made of."""

    description = StringField(_("Description"), [longest(200)], filters=[strip])
    kind = SelectField(_("Kind"), choices=[(kind, COMPOSITION[kind].text) for kind in COMPOSITION_KINDS])
    value = MoneyField(_("Value (R$)"), [Optional()])


class PackageForm(PageForm):
    """Create or change a package."""

    version = HiddenField()
    description = StringField(_("Description"), [InputRequired(REQUIRED), longest(200)], filters=[strip])
    code = StringField(_("Code"), [longest(60)], filters=[strip])
    value = MoneyField(_("Value (R$)"), [InputRequired(REQUIRED)], render_kw={"inputmode": "decimal"})
    composition = FieldList(FormField(CompositionRow))
    accountant_note = StringField(
        _("Note of the accountant"), [longest(500)], filters=[strip],
        description=_("Let your accountant check the composition."),
    )  # fmt: skip
    integration_id = SelectField(_("Integration"), coerce=optional_id)
    dici_type = SelectField(_("DICI declaration"), choices=[(kind, DICI[kind].text) for kind in DICI_TYPES])


class PlanPackageRow(Form):
    """One package that comes with a plan."""

    package_id = SelectField(_("Package"), coerce=optional_id)
    mandatory = BooleanField(_("Mandatory"))


class PlanForm(PageForm):
    """Create or change an internet plan."""

    version = HiddenField()
    description = StringField(_("Description"), [InputRequired(REQUIRED), longest(200)], filters=[strip])
    value = MoneyField(_("Value (R$)"), [InputRequired(REQUIRED)], render_kw={"inputmode": "decimal"})
    technology = StringField(_("Technology"), [longest(60)], filters=[strip])
    download_kbps = IntegerField(_("Download (kbps)"), [Optional(), NumberRange(0, None, _("Give zero or more."))])
    upload_kbps = IntegerField(_("Upload (kbps)"), [Optional(), NumberRange(0, None, _("Give zero or more."))])
    band_control = BooleanField(_("Control bandwidth"), default=True)
    lock_packages = BooleanField(
        _("Lock packages"), description=_("Only packages tied to this plan may be sold on its services.")
    )
    packages = FieldList(FormField(PlanPackageRow))
