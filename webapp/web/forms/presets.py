"""Params that a plan presets on one of its packages: the gateway's own as fields, free ones as rows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import Field, FieldList, FormField

from webapp.gateways.contract import ParamSpec
from webapp.models import Package
from webapp.services.buyers import traits_of
from webapp.web.forms.base import PageForm, ParamRow, row_params
from webapp.web.forms.params import filled, given, sale_specs, with_params


class PresetForm(PageForm):
    """The gateway's params are added to it. It stands inside the form of the plan, which carries the CSRF token."""

    class Meta:
        """What wtforms reads."""

        csrf = False

    free = FieldList(FormField(ParamRow), _("Further parameters"))

    def validate_free(self, field: Field) -> None:
        """Refuse a name that stands twice."""
        row_params(field)


@dataclass(frozen=True)
class Preset:
    """The params of one row.

    Attributes:
        name: of the row in the form, such as ``packages-0``.
        package: None while none is chosen.
        free_params: whether the gateway takes params of any name.
    """

    name: str
    package: Package | None
    specs: list[ParamSpec]
    free_params: bool
    form: PresetForm

    @property
    def any(self) -> bool:
        """Whether there is anything that can be preset."""
        return bool(self.specs or self.free_params or self.form.free.entries)

    @property
    def set(self) -> int:
        """How many params have a value."""
        return len(self.given()) if not self.form.free.errors else 0

    def given(self) -> dict[str, str]:
        """Return the params."""
        return {**given(self.form, self.specs), **row_params(self.form.free)}

    def renamed(self, name: str) -> "Preset":
        """Return the same for a row that moved."""
        return replace(self, name=name, form=type(self.form)(formdata=None, data=self.form.data, prefix=name))


def make_preset(
    name: str, package: Package | None, stored: Mapping[str, str], sent: Mapping[str, str] | None
) -> Preset:
    """Return the params of one row, as they were typed or, until they were on the screen, as they are stored.

    Args:
        sent: the request's form; it counts when it says that these fields were shown for this package.
    """
    traits = traits_of(package.integration) if package else None
    # Customers bring what is required and what is secret; a plan only presets what is the same for all.
    declared = sale_specs(traits) if traits else []
    specs = [replace(spec, required=False) for spec in declared if not spec.secret]
    form_class = with_params(PresetForm, specs)
    data: dict[str, Any] = {"formdata": None, "data": _data(specs, stored)}
    if package is not None and sent is not None and sent.get(f"{name}-shown") == str(package.id):
        data = {"formdata": sent}
    free = traits is not None and traits.free_params
    return Preset(name, package, specs, free, form_class(prefix=name, **data))


def _data(specs: list[ParamSpec], stored: Mapping[str, str]) -> dict[str, Any]:
    declared = {spec.name for spec in specs}
    free = [{"name": name, "value": value} for name, value in stored.items() if name not in declared]
    return {**filled(specs, stored), "free": free}
