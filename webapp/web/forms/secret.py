"""A field whose value never stands on a page, not even on the form that is shown again with what was typed."""

from typing import Any

from flask_babel import lazy_gettext as _
from flask_security import current_user
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from wtforms import StringField
from wtforms.widgets import PasswordInput, TextInput

from webapp.services.hub import current_hub
from webapp.vault import VaultError

# Beside the field stands what was typed into it, sealed: only the same person's next request can open it.
KEPT = "kept-"
# Beside the field of a secret that is stored stands a tick that takes it away.
CLEAR = "clear-"
TYPED = _("Typed and kept; type to replace it")


class SecretField(StringField):
    """Text that is hidden while ``secret``; what was typed comes back sealed with the form.

    Attributes:
        stored: there is a value, which an empty field keeps.
        removable: it may be taken away, by a tick beside the field.
        cleared: the tick was set, and nothing was typed in its place.
    """

    cleared = False

    def __init__(
        self, *args: Any, secret: bool = True, stored: bool = False, removable: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.secret, self.stored, self.removable = secret, stored, removable

    def process(self, formdata: "MultiDict[str, str] | None", *args: Any, **kwargs: Any) -> None:
        """Take what was typed now, else what was typed before and came back sealed."""
        super().process(formdata, *args, **kwargs)
        sealed = formdata.get(KEPT + self.name, "") if formdata else ""
        if sealed and not (self.data or "").strip():
            self._open(sealed)
        ticked = formdata is not None and self.clear_name in formdata
        self.cleared = ticked and self.removable and not (self.data or "").strip()

    @property
    def kept_name(self) -> str:
        """Name of the hidden input that carries the sealed value."""
        return KEPT + str(self.name)

    @property
    def clear_name(self) -> str:
        """Name of the tick that takes the stored value away."""
        return CLEAR + str(self.name)

    def sealed(self) -> str:
        """Return what was typed, sealed for the person who typed it."""
        return current_hub().vault.seal(self.data, self._place())

    def widget(self, field: "SecretField", **kwargs: Any) -> Markup:
        """Render the input; while secret, empty and with the sealed value beside it."""
        if not self.secret:
            return TextInput()(field, **kwargs)
        if not self.data:
            return PasswordInput()(field, **kwargs)
        shown = PasswordInput()(field, **{**kwargs, "placeholder": TYPED})
        hidden = Markup('<input type="hidden" name="{}" value="{}">')
        return shown + hidden.format(self.kept_name, self.sealed())

    def _open(self, sealed: str) -> None:
        try:
            opened = str(current_hub().vault.open(sealed, self._place()))
        except VaultError:
            # Of another person, or of a key that is gone: the field is empty and asks again.
            return
        self.data, self.raw_data = opened, [opened]

    def _place(self) -> str:
        return f"form:{self.name}:{getattr(current_user, 'fs_uniquifier', '')}"
