"""Messages of reports and receipts."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

ENTRIES: dict[str, Entry] = {
    "provider_cnpj_wrong": Entry(_("This is no CNPJ: a digit is wrong or missing."), _("Write the provider's CNPJ.")),
    "city_code_wrong": Entry(
        _("This is no IBGE code of a municipality: it has seven digits, and the last one checks the others."),
        _("Copy the code of {city} from the IBGE's list of municipalities."),
    ),
    "city_file_columns": Entry(
        _("The file has no column for the city or none for its IBGE code."),
        _("Name the columns cidade, ibge and area in the first row; area may be left out."),
    ),
    "city_row_name": Entry(
        _("Row {row} names no city that can be kept (“{value}”)."), _("Write a name of up to 80 characters.")
    ),
    "city_row_code": Entry(
        _("Row {row}: “{value}” is no IBGE code of a municipality."),
        _("Write the seven digits of the IBGE's list; nothing of the file was kept."),
    ),
    "city_row_area": Entry(
        _("Row {row}: “{value}” is neither urban nor rural."), _("Write urbano or rural, or leave the cell empty.")
    ),
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
