"""What can be wrong with an uploaded spreadsheet, with its columns and with its rows: cause and next step."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

SAVE_AGAIN = _("Open it in your spreadsheet program and save it as XLSX or CSV, then upload that file.")
ASK_FOR_LESS = _("Split the list into several files, or leave out columns that are not needed.")

FILES: dict[str, Entry] = {
    "file_missing": Entry(_("No file was chosen."), _("Choose a CSV or XLSX file and upload it.")),
    "file_empty": Entry(
        _("The file has no rows below its header."), _("Check that the right file and the right sheet were saved.")
    ),
    "file_too_large": Entry(_("The file has {megabytes} MB; up to {maximum} MB are read."), ASK_FOR_LESS),
    "file_too_long": Entry(_("The file has more than {maximum} rows."), ASK_FOR_LESS),
    "file_too_wide": Entry(_("The file has {columns} columns; up to {maximum} are read."), ASK_FOR_LESS),
    "file_too_many_cells": Entry(
        _("The sheet has room for {cells} cells; up to {maximum} are read from an XLSX."),
        _("Save the sheet as CSV, which is read row by row, or split it into several files."),
    ),
    "file_bomb": Entry(
        _("Unpacked, the file is larger than {maximum_mb} MB, so it was not opened."),
        _("Save the sheet as CSV and upload that file."),
    ),
    "file_protected": Entry(
        _("The file is protected by a password."), _("Save a copy without the password and upload that one.")
    ),
    "file_old_excel": Entry(
        _("This is a workbook of an old Excel (XLS), or one that is protected by a password."), SAVE_AGAIN
    ),
    "file_is_html": Entry(
        _("The file is a web page that only bears the name of a spreadsheet, as some systems export it."), SAVE_AGAIN
    ),
    "file_not_table": Entry(_("The file is neither a CSV nor an XLSX."), SAVE_AGAIN),
    "file_unreadable": Entry(_("The workbook cannot be opened ({reason})."), SAVE_AGAIN),
    "file_broken": Entry(
        _("The file cannot be read from row {row} on ({reason})."),
        _("Usually a quotation mark is opened there and not closed. Mend the row, then upload the file again."),
    ),
    "file_incomplete": Entry(
        _("The upload of this file did not end, or its columns were not chosen."), _("Upload the file again.")
    ),
    "file_wrong_source": Entry(
        _("{source} is no spreadsheet: it is read over its own connection."),
        _("Open the list of sources and choose a spreadsheet there, or start an import."),
    ),
    "file_source_without_reading": Entry(
        _("A spreadsheet is read when a file of it is uploaded, not by itself."), _("Upload a file.")
    ),
    "file_not_waiting": Entry(
        _("This file does not wait any more: it is being worked on, or was applied or discarded."),
        _("Look at its page; while it is being worked on, it can be stopped there."),
    ),
}
COLUMNS: dict[str, Entry] = {
    "file_columns_fixed": Entry(
        _("The columns of this file were chosen already, or the file was discarded."),
        _("Look at the reading. To choose other columns, upload the file again."),
    ),
    "file_column_gone": Entry(
        _("The file has no column “{column}”."), _("Reload the page and choose the columns again.")
    ),
    "file_column_twice": Entry(
        _("Two columns cannot both be this."), _("Choose it for one of them; only packages may stand in several.")
    ),
    "file_identity_missing": Entry(
        _("No column says who a row is about."), _("Choose the column of the customer's code, or of the CPF or CNPJ.")
    ),
    "file_says_nothing": Entry(
        _("The columns say who, and nothing else."), _("Choose at least one more: the name, the status, the plan.")
    ),
    "file_column_doubtful": Entry(
        _("{odd} of {of} values do not look like it, for example “{example}”."),
        _("Look whether two columns were swapped. If it is right as it is, say so below and go on."),
    ),
}
ROWS: dict[str, Entry] = {
    "file_who_missing": Entry(
        _("The row says neither code nor CPF or CNPJ."), _("Fill in one of them; without it nobody is meant.")
    ),
    "file_row_long": Entry(
        _("The row has {count} cells; the header has {expected}."),
        _("A cell with the separator in it must stand between quotation marks."),
    ),
    "file_cell_long": Entry(_("The value is longer than {maximum} characters."), _("Shorten it in the file.")),
    "file_number_shortened": Entry(
        _("The spreadsheet program shortened this number (1,2E+10), so digits are lost."),
        _("Format the column as text, type or export the numbers again, and upload the file again."),
    ),
    "file_money_unreadable": Entry(_("This is no amount."), _("Write it like 59,90.")),
    "file_day_unreadable": Entry(_("This is no date."), _("Write it like 31/12/2026.")),
    "file_due_day_wrong": Entry(_("This is no day of the month."), _("Write a number from 1 to 31.")),
    "file_service_code_missing": Entry(
        _("The row says something of a service and not which one."), _("Fill in the service's code.")
    ),
    "file_customer_differs": Entry(
        _("Row {row} says “{other}” of the customer {customer}."), _("Make the rows of one customer say the same.")
    ),
}
ENTRIES: dict[str, Entry] = {**FILES, **COLUMNS, **ROWS}
