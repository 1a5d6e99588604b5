"""Messages of platforms' invoices: what is wrong with a file, with its columns, and why a line is not judged."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

ASK_AGAIN = _("Ask the platform for the lines of the invoice as a CSV or XLSX file, and upload that one.")
LOOK = _("Look at the line in the platform's file; when in doubt ask the platform.")

FILES: dict[str, Entry] = {
    "invoice_file_empty": Entry(_("The file is empty."), ASK_AGAIN),
    "pdf_without_text": Entry(_("The PDF has no text in it: its pages are pictures."), ASK_AGAIN),
    "pdf_unreadable": Entry(_("The PDF cannot be opened ({reason})."), ASK_AGAIN),
    "pdf_too_long": Entry(_("The PDF has {pages} pages; up to {maximum} are read."), ASK_AGAIN),
    "invoice_again": Entry(
        _("This file is here already: {by} uploaded it for {month}."),
        _("Open that invoice in the list. If it was uploaded for a wrong month, discard it there first."),
    ),
    "invoice_content_malformed": Entry(_("The content is no Base64."), _("Encode the file's bytes as Base64.")),
    "invoice_month_future": Entry(
        _("The month {month} has not begun."), _("Choose the month whose seats the platform bills.")
    ),
}
COLUMNS: dict[str, Entry] = {
    "invoice_subject_missing": Entry(
        _("No column says whom a line is about."),
        _("Choose the column of the log-in, of the platform's id, of the CPF or CNPJ, of the e-mail or of our code."),
    ),
    "invoice_value_missing": Entry(_("No column says what a line costs."), _("Choose the column of the value.")),
    "invoice_without_lines": Entry(
        _("The file has no lines of an invoice: no row says whom it is about, or what it costs."),
        _("Choose the columns again, or upload the file with the lines instead of the summary."),
    ),
    "invoice_columns_doubtful": Entry(
        _("{odd} of {of} lines cannot be read, the first one in row {row}."),
        _("Look whether columns were swapped, and choose them again."),
    ),
    "invoice_product_foreign": Entry(
        _("The product is not one of this platform."), _("Choose a product of the platform that sent the invoice.")
    ),
    "invoice_product_missing": Entry(_("No product was chosen."), _("Choose at least one product and save again.")),
}
STATES: dict[str, Entry] = {
    "invoice_not_found": Entry(_("There is no invoice {id}."), _("Go back to the list of invoices.")),
    "invoice_line_not_found": Entry(
        _("There is no line {id} of the invoice any more."), _("The invoice was checked anew: open it again.")
    ),
    "invoice_closed": Entry(
        _("The invoice {id} is closed: its file is gone, and what was found stays as it is."),
        _("Look at its lines. What came in later belongs to another invoice."),
    ),
    "invoice_file_gone": Entry(
        _("The file of the invoice {id} is gone: it was kept for as long as files of invoices are kept."),
        _("Its lines stay. To check it anew, discard it and upload the file again."),
    ),
    "invoice_not_checked": Entry(
        _("The invoice {id} was not checked yet."), _("First say which column of its file is what.")
    ),
    "invoice_reason_missing": Entry(_("The reason is missing."), _("Write why; it stays in the history.")),
    "invoice_nothing_contested": Entry(
        _("Nothing is contested of the line {id}."), _("Only what is contested can be set aside.")
    ),
}
# What is said of a line beside its verdict: mostly why it is not certain.
REASONS: dict[str, Entry] = {
    "invoice_nobody_named": Entry(_("The line names nobody."), LOOK),
    "invoice_contradicts": Entry(_("What the line says belongs to different people here."), LOOK),
    "invoice_several": Entry(
        _("It can mean several contracts, and they cannot be told apart."),
        _("Ask the platform for its id or the log-in on each line, and choose that column."),
    ),
    "invoice_product_unknown": Entry(
        _("Nobody said which product of ours this is."), _("Choose it on the page of the invoice; it is kept.")
    ),
    "invoice_credit": Entry(_("The platform gives money back by this line."), LOOK),
    "invoice_other_month": Entry(_("The line is about days outside the month of this invoice."), LOOK),
    "invoice_row_shape": Entry(
        _("The row of the PDF has another number of cells than the header, so nobody knows which one is missing."),
        ASK_AGAIN,
    ),
    "invoice_value_unreadable": Entry(_("What stands in the column of the value is no amount."), LOOK),
    "invoice_value_missing_here": Entry(
        _("The line has no value; a formula without a saved result looks like that, too."), LOOK
    ),
    "invoice_day_unreadable": Entry(_("The period of the line cannot be read."), LOOK),
    "invoice_quantity_unreadable": Entry(_("The quantity of the line cannot be read."), LOOK),
    "invoice_document_shortened": Entry(
        _("The spreadsheet program shortened the document of this line (1,2E+10), so digits are lost."), ASK_AGAIN
    ),
    "invoice_no_cost": Entry(
        _("There is no cost on record for this product in this month, so the price was not judged."),
        _("Write down what the platform charges, and check the invoice anew."),
    ),
    "invoice_product_never": Entry(_("The person is known, and never had this product.")),
}
ENTRIES: dict[str, Entry] = {**FILES, **COLUMNS, **STATES, **REASONS}
