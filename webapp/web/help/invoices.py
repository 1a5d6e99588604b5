"""Help on pages of platforms' invoices."""

from flask_babel import lazy_gettext as _

from webapp.web.help.topic import Topic

TOPICS: tuple[Topic, ...] = (
    Topic(
        ("invoices.index",),
        (
            _("The invoices of the platforms that were uploaded, with what was billed and what is contested."),
            _("Upload one, say which column is what, and look at what was found of each line."),
        ),
        "conferencia",
    ),
    Topic(
        ("invoices.new",),
        (
            _("Send the file with the lines of the invoice: one line for each subscriber and product."),
            _("The month is the one whose seats are billed, not the one in which the invoice is paid."),
        ),
        "conferencia#enviar-a-fatura",
    ),
    Topic(
        ("invoices.columns",),
        (
            _("Say which column names the subscriber, which one the product and which one the value."),
            _("It is asked once: the platform's next invoice has the same columns chosen."),
        ),
        "conferencia#as-colunas",
    ),
    Topic(
        ("invoices.detail", "invoices.contestation"),
        (
            _("What was found of each line; a click on a number shows only those lines."),
            _("Nothing is contested in doubt: what needs a person is counted as right until you look at it."),
            _("The contestation is a file for the platform, with the time and the answer of each cancel."),
        ),
        "conferencia#o-resultado",
    ),
    Topic(
        ("invoices.line",),
        (
            _("Who held what on which day of this month, and how it ended, with what the platform answered."),
            _("Set the line aside when you do not want to contest it. Write why; it stays in the history."),
        ),
        "conferencia#uma-linha",
    ),
)
