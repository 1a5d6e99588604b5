"""Forms of packages."""

from flask_babel import lazy_gettext as _
from wtforms import FieldList, Form, FormField, HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Optional

from webapp.models.package import COMPOSITION_KINDS, DICI_TYPES
from webapp.web.forms.base import REQUIRED, MoneyField, PageForm, longest, optional_id, strip
from webapp.web.labels import COMPOSITION, DICI


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
