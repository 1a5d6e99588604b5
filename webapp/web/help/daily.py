"""Help of what one opens every day: dashboard, alerts, queue, reconciliations, lists, search."""

from flask_babel import lazy_gettext as _

from webapp.web.help.topic import Topic

TOPICS: tuple[Topic, ...] = (
    Topic(
        ("dashboard.index",),
        (
            _(
                "Here you see whether all is well: what needs a person stands at the top, then platforms, "
                "sources and the queue."
            ),
            _(
                "Begin with the first line at the top and press its button. Every figure leads to the list "
                "that it counts."
            ),
            _("The page renews itself; there is no need to reload it."),
        ),
        "atendimento#o-painel",
    ),
    Topic(
        ("alerts.index",),
        (
            _("Everything that a person should know, with its cause and what to do about it."),
            _(
                "Do what the line says: the alert closes by itself when the cause is gone. Close it by hand"
                " only if you know that it no longer matters."
            ),
        ),
        "resolver-problemas#alertas",
    ),
    Topic(
        ("transmissions.index",),
        (
            _("What was sent to the platforms, what waits, and what did not get through."),
            _(
                "Each line says the cause and when it is tried again. “Try now” does not wait for that; "
                "“Resend” sends the present state once more."
            ),
            _("Blocked means: the same thing would fail again, so something must be put right first."),
        ),
        "resolver-problemas#transmissões",
    ),
    Topic(
        ("transmissions.attempt",),
        (
            _("One call to a platform: what was sent and what came back, with passwords and tokens covered."),
            _("When you ask the platform for help, send it the time, the operation and the answer from this page."),
        ),
        "resolver-problemas#transmissões",
    ),
    Topic(
        ("runs.index",),
        (
            _(
                "Each platform is read from time to time and compared with what should be there; this is "
                "the list of those comparisons."
            ),
            _("“Plan now” only compares and changes nothing. What awaits approval stands first."),
            _("Whoever gains content never waits; whoever would lose it does so only within the limits."),
        ),
        "reconciliar",
    ),
    Topic(
        ("runs.detail",),
        (
            _("One comparison: who differs, why, what would be done, and how much it is worth a month."),
            _(
                "If it awaits approval, look at the numbers and at some names that you know, then approve "
                "all, only some lines, or reject with a reason."
            ),
            _("The certificate says whether the reading was complete and plausible; without it nobody loses anything."),
        ),
        "reconciliar#aprovar-um-lote",
    ),
    Topic(
        ("runs.take_back",),
        (
            _("This brings back what a batch took away, account by account."),
            _("Write why; it stays in the history. Accounts that were changed since then are listed and left alone."),
        ),
        "reconciliar#desfazer",
    ),
    Topic(
        (
            "kept.index",
            "kept.lift",
        ),
        (
            _(
                "Accounts that were brought back by taking back a batch: they keep their content whatever "
                "their status asks for."
            ),
            _("Release them when the cause of the mistake is mended; from then on they follow their status again."),
        ),
        "reconciliar#desfazer",
    ),
    Topic(
        (
            "orphans.index",
            "orphans.choose",
            "orphans.decide",
        ),
        (
            _(
                "Accounts that a platform shows and that nobody here created: from before, from another "
                "system, or from tests."
            ),
            _(
                "Adopt makes one the account of a customer's service; set aside leaves it in peace; end "
                "closes it on the platform."
            ),
            _("Nothing happens to an orphan account by itself."),
        ),
        "reconciliar#contas-órfãs",
    ),
    Topic(
        ("orphans.detail",),
        (
            _("What the platform shows of this account, and who it probably belongs to."),
            _(
                "Search for the customer, compare document and e-mail, and then decide. When in doubt leave"
                " it as it is."
            ),
        ),
        "reconciliar#contas-órfãs",
    ),
    Topic(
        (
            "history.index",
            "history.export",
        ),
        (
            _("Who did what, and when: people, sources, platforms and Sintonia itself."),
            _("Narrow it by kind, object or person. Lines are never changed nor deleted by hand."),
        ),
        "pessoas-e-acesso#quem-fez-o-quê",
    ),
    Topic(
        ("history.audit",),
        (
            _(
                "Every line of the history is chained to the one before and sealed; this page checks that "
                "nobody has changed one."
            ),
            _("Export a part of it for an auditor; the file can be checked without Sintonia's database."),
        ),
        "pessoas-e-acesso#quem-fez-o-quê",
    ),
    Topic(
        ("bulk.index",),
        (
            _("What was done with many rows at once, and what is under way."),
            _("Begin from a list: choose rows, or all that the filter finds, and then what to do with them."),
        ),
        "listas#ação-em-massa",
    ),
    Topic(
        (
            "bulk.new",
            "bulk.start",
        ),
        (
            _("Before anything happens you see how many rows it concerns, which cannot be done and why."),
            _("Go on with the good ones, or go back and put the others right first."),
            _("What takes content away asks for a reason, and above the limit for an administrator."),
        ),
        "listas#ação-em-massa",
    ),
    Topic(
        ("bulk.detail",),
        (
            _("How far the work is. You may leave this page; it goes on."),
            _("Stop ends it between two rows; what is done remains. Rows that failed say why and can be tried again."),
        ),
        "listas#ação-em-massa",
    ),
    Topic(
        ("search.index",),
        (
            _(
                "One search for everything: customers by name, CPF or CNPJ, code, e-mail, phone or log-in; "
                "services; accounts; packages; pages; and this guide."
            ),
            _("The key / takes you there from any page. Accents do not matter."),
        ),
        "listas#busca-geral",
    ),
    Topic(
        (
            "table_views.index",
            "table_views.edit",
        ),
        (
            _("A view keeps the filters and the order of a list under a name."),
            _("Shared ones are seen by everybody; only the owner and administrators change them."),
        ),
        "listas#visões",
    ),
    Topic(
        ("tables.columns",),
        (
            _("Which columns this list shows to you, in which order, and how many rows."),
            _("It is your choice alone; colleagues keep theirs. Files that you export have the same columns."),
        ),
        "listas#colunas",
    ),
    Topic(
        ("observing.index",),
        (
            _(
                "After a restore Sintonia only watches: it reads, but sends nothing to any platform until a"
                " person says so."
            ),
            _("Read the sources, read the platforms, look at what they show, and then approve platform by platform."),
        ),
        "copia-de-seguranca#somente-observando",
    ),
    Topic(
        (
            "first_run.index",
            "first_run.show",
            "first_run.take",
        ),
        (
            _("The first steps lead from the empty hub to the first customer who watches."),
            _("Each does the real thing, can be skipped and can be taken up again from the dashboard."),
            _("With the practice platform nothing leaves the hub."),
        ),
        "instalar#os-primeiros-passos",
    ),
    Topic(
        ("first_run.done",),
        (
            _("What came of the first steps, and what is worth doing next."),
            _("Connect your ERP, invite colleagues and look after the backups."),
        ),
        "instalar#os-primeiros-passos",
    ),
    Topic(
        ("practice.index",),
        (
            _("A platform of our own to try everything on. It is no real one and nothing leaves the hub."),
            _("Remove takes it away with all that was made for it; the history remains."),
        ),
        "primeira-plataforma#a-plataforma-de-prática",
    ),
    Topic(
        (
            "guide.index",
            "guide.show",
        ),
        (
            _("The guide explains each task step by step, in Portuguese. Use its search, or the contents."),
            _("The button “Help” of any page leads to the part of the guide that explains that page."),
        ),
        "palavras",
    ),
)
