"""Help of reports and receipts."""

from flask_babel import lazy_gettext as _

from webapp.web.help.topic import Topic

TOPICS: tuple[Topic, ...] = (
    Topic(
        ("reports.index",),
        (
            _("How many packages are sold, who came and went, what they bring and what platforms charge for them."),
            _("Choose months, what the figures are divided by, and what they are only of; the address keeps it."),
            _("Months that are over do not change any more; the running one is counted as it stands now."),
        ),
        "relatorios#números-do-mês",
    ),
    Topic(
        ("reports.count",),
        (
            _("Counts of what packages declare to Anatel: for the person who files, and no filing themselves."),
            _("What the hub does not know is empty in the file and listed here; fill it in before you send it."),
        ),
        "relatorios#anatel",
    ),
    Topic(
        ("report_cities.index",),
        (
            _("The IBGE code of each city that services are in, and whether it is urban or rural, said once."),
            _("Choose a city, write its code and save; the next one without a code comes by itself. Or upload a list."),
        ),
        "relatorios#cidades",
    ),
    Topic(
        ("reports.compose",),
        (
            _("What the packages sold of a month are made of, by SVA and SCM, for the accountant."),
            _("No tax is computed here; the composition of each package is on its page."),
        ),
        "relatorios#contabilidade",
    ),
    Topic(
        ("reports.tell",),
        (
            _("Which alert channels get the figures of the month that is over, once, on its first day after."),
            _("Nobody's name is in it; the message leads to the page of reports."),
        ),
        "relatorios#resumo-mensal",
    ),
    Topic(
        ("receipts.show",),
        (
            _("What was sent to platforms for this customer and what they answered, as a signed document."),
            _("Take the PDF for a conversation, the ZIP for an expert; what is in it cannot be changed unnoticed."),
        ),
        "relatorios#comprovante",
    ),
    Topic(
        ("receipts.check",),
        (
            _("Somebody shows a receipt: choose its file, and the hub says whether it is genuine."),
            _("It also says whether the history, which is a chain, still says the same."),
        ),
        "relatorios#conferir-um-comprovante",
    ),
)
