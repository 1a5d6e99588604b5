"""Help of sources, their readings, and files."""

from flask_babel import lazy_gettext as _

from webapp.web.help.topic import Topic

TOPICS: tuple[Topic, ...] = (
    Topic(
        ("sources.index",),
        (
            _("Where customers, services and payment status come from: your ERP, or a spreadsheet."),
            _("Each line says when it was last read and whether that reading could be trusted."),
        ),
        "importar",
    ),
    Topic(
        (
            "sources.new",
            "sources.edit",
        ),
        (
            _("How Sintonia gets into your ERP. It only reads there and changes nothing."),
            _("Save, test, do a trial run, say what its words mean, and then read for real."),
        ),
        "importar#conectar-o-erp",
    ),
    Topic(
        ("sources.test",),
        (
            _("The test goes from the address to one page of customers; nothing is changed."),
            _("The first step that fails says what to do."),
        ),
        "importar#conectar-o-erp",
    ),
    Topic(
        ("sources.mapping",),
        (
            _("Your ERP has its own words for status and plan. Here you say what each means."),
            _("A word that nobody explained changes nobody's status."),
        ),
        "importar#o-mapeamento",
    ),
    Topic(
        ("pulls.index",),
        (
            _("Every reading of this source: what it brought and whether it could be trusted."),
            _("A reading that awaits approval would take content from more people than usual."),
        ),
        "importar#as-leituras",
    ),
    Topic(
        ("pulls.detail",),
        (
            _("What this reading found, line by line: new, changed, with trouble."),
            _(
                "What gives content goes at once; what takes it away passes the limits first, and above "
                "them waits for you."
            ),
        ),
        "importar#as-leituras",
    ),
    Topic(
        ("pulls.take_back",),
        (
            _("Gives back what this reading took away. Write why; it stays in the history."),
            _("Correct the cause in the source as well, else its next reading says the same again."),
        ),
        "importar#as-leituras",
    ),
    Topic(
        (
            "pulls.wizard",
            "pulls.upload",
            "pulls.columns",
        ),
        (
            _("A file in four steps: send it, say which column is what, look at what would change, confirm."),
            _("All lines with problems are shown at once. Nothing is written before you confirm."),
        ),
        "importar#planilha",
    ),
)
