"""Forms of internet plans."""

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, FieldList, Form, FormField, HiddenField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, NumberRange, Optional

from webapp.web.forms.base import REQUIRED, MoneyField, PageForm, longest, optional_id, strip


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
