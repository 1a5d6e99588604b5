"""Messages of reports and receipts."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

ENTRIES: dict[str, Entry] = {
    "provider_cnpj_wrong": Entry(_("This is no CNPJ: a digit is wrong or missing."), _("Write the provider's CNPJ.")),
    "receipt_key_shut": Entry(
        _("The key that signs receipts cannot be opened: the encryption key is missing."),
        _("Put encryption.keys back; until then no receipt can be made or checked."),
    ),
    "receipt_unreadable": Entry(
        _("This file holds no receipt of the hub."),
        _("Choose the PDF, the ZIP or the JSON as the hub gave it out, not a printed or scanned one."),
    ),
    "receipt_large": Entry(_("The file is larger than {most} MB."), _("Choose the file as the hub gave it out.")),
    "receipt_file_missing": Entry(_("No file was chosen."), _("Choose the file of a receipt.")),
}
