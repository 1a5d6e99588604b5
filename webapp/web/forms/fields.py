"""Fields of what people here write in a way of their own: money, days, CPF or CNPJ, phone numbers, e-mail.

Each is understood however it is written; with JavaScript it is also written properly while it is typed
(``static/js/forms.js``).
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from wtforms import DateField, DecimalField, StringField
from wtforms.widgets import TextInput

from webapp.services.documents import normalise_document
from webapp.web.filters import amount, document, phone

# What is typed here is somebody else's: a browser must not propose the operator's own.
OTHERS = {"autocomplete": "off"}
MONEY_KEYS = {**OTHERS, "inputmode": "decimal", "data-mask": "money"}
# A CNPJ may have letters since July 2026, so no keyboard of digits alone.
DOCUMENT_KEYS = {**OTHERS, "data-mask": "document", "autocapitalize": "characters", "spellcheck": "false"}
PHONE_KEYS = {**OTHERS, "data-mask": "phone", "inputmode": "tel"}
EMAIL_KEYS = {**OTHERS, "inputmode": "email", "autocapitalize": "none", "spellcheck": "false"}
WHOLE_KEYS = {**OTHERS, "inputmode": "numeric"}
AMOUNT = re.compile(r"(?P<sign>-?)(?P<whole>[0-9.,]*?)(?:(?P<mark>[.,])(?P<cents>[0-9]{0,2}))?")


class MoneyField(DecimalField):
    """R$ with at most two decimals; 1.234,56 and 1234.56 are both understood."""

    # A number field of the browser would throw a comma away, and the value with it.
    widget = TextInput()
    keys: Mapping[str, str] = MONEY_KEYS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, render_kw=dict(self.keys), **kwargs)

    def _value(self) -> str:
        return self.raw_data[0] if self.raw_data else amount(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            self.data = None
            return
        try:
            self.data = parse_money(text)
        except InvalidOperation as error:
            self.data = None
            raise ValueError(_("Write an amount like 19,90.")) from error


def parse_money(text: str) -> Decimal:
    """Return an amount; the last comma or point followed by at most two digits parts the cents.

    Where cents follow a comma, as here, a comma before three digits is a slip and no thousand: 19,901 is refused.

    Raises:
        InvalidOperation: it is no amount.
    """
    found = AMOUNT.fullmatch(re.sub(r"R\$|\s", "", text))
    if found is None or not (found["whole"] or found["cents"]):
        raise InvalidOperation
    parted = {",": r"\.", ".": ",", None: r"\." if comma_parts_cents() else "[.,]"}[found["mark"]]
    if not re.fullmatch(rf"[0-9]*|[0-9]{{1,3}}({parted}[0-9]{{3}})+", found["whole"]):
        raise InvalidOperation
    digits = f"{found['sign']}{re.sub('[.,]', '', found['whole']) or '0'}"
    return Decimal(f"{digits}.{found['cents']}" if found["cents"] else digits)


def comma_parts_cents() -> bool:
    """Tell whether cents follow a comma in the language of this request."""
    return str(get_locale()).startswith(("pt", "es"))


class DayField(DateField):
    """An optional day; an empty field is None."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist or not valuelist[0].strip():
            self.data = None
            return
        try:
            self.data = date.fromisoformat(valuelist[0].strip())
        except ValueError as error:
            self.data = None
            raise ValueError(_("Choose a day.")) from error


class DocumentField(StringField):
    """A CPF or CNPJ; dots, strokes and blanks do not count."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, render_kw=DOCUMENT_KEYS, **kwargs)

    def _value(self) -> str:
        return self.raw_data[0] if self.raw_data else document(self.data) if self.data else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = normalise_document(valuelist[0]) if valuelist else ""


class PhoneField(StringField):
    """A phone number; the country's 55 may be left out, and one from abroad begins with a plus."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, render_kw=PHONE_KEYS, **kwargs)

    def _value(self) -> str:
        return self.raw_data[0] if self.raw_data else phone(self.data) if self.data else ""
