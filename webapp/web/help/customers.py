"""Help of everything about one subscriber: customer, service, packages, why, data."""

from flask_babel import lazy_gettext as _

from webapp.web.help.topic import Topic

TOPICS: tuple[Topic, ...] = (
    Topic(
        ("customers.index",),
        (
            _("All customers. Search by name, document, code, e-mail or log-in; accents do not matter."),
            _("Filters narrow the list, and the address of the page keeps them: send it to a colleague."),
            _("With a source, customers come from your ERP by themselves; add by hand only who is not in it."),
        ),
        "listas",
    ),
    Topic(
        ("customers.detail",),
        (
            _(
                "Everything about one customer: whether they can watch, what happens next, services, "
                "packages and accounts."
            ),
            _("Begin with the coloured line at the top. Below, the three dots of a service lead to its packages."),
        ),
        "atendimento#a-página-do-cliente",
    ),
    Topic(
        (
            "customers.new",
            "customers.edit",
        ),
        (
            _("Who the customer is. The e-mail often is the log-in on the platforms, so write it with care."),
            _("If the customer comes from a source, correct it there: the next reading brings it."),
        ),
        "vender-um-pacote#o-cliente-e-o-serviço",
    ),
    Topic(
        (
            "why.customer",
            "why.account",
        ),
        (
            _(
                "Why somebody does not watch, link by link: ERP, what should be, what was sent, what the "
                "platform shows."
            ),
            _("The first red link is the cause, and the button beside it mends it or leads to where it is mended."),
            _("Below there is a message ready to be copied for the customer."),
        ),
        "atendimento#por-que-a-maria-não-assiste",
    ),
    Topic(
        ("timeline.index",),
        (
            _("Everything that happened to this customer, newest first: ERP, colleagues, platforms, alerts."),
            _("Narrow it by kind, service or account when you look for one event."),
        ),
        "atendimento#a-linha-do-tempo",
    ),
    Topic(
        (
            "services.new",
            "services.edit",
        ),
        (
            _("A service is one internet plan of the customer. A new one already brings the packages of its plan."),
            _("Optional packages can be unticked; mandatory ones come along."),
            _("Here you also say if somebody shall not be suspended for debt, and until when."),
        ),
        "vender-um-pacote#o-cliente-e-o-serviço",
    ),
    Topic(
        ("services.status",),
        (
            _("Changes the status of this service by hand. The page shows first what that does on each platform."),
            _("If the status comes from a source, the source wins at its next reading."),
        ),
        "suspender-e-habilitar#à-mão",
    ),
    Topic(
        ("moves.migrate",),
        (
            _("Takes the service to another plan. You see which packages come, stay and go before you confirm."),
            _("What is sold apart from the plan stays."),
        ),
        "vender-um-pacote#migrar-para-outro-serviço",
    ),
    Topic(
        ("moves.transfer",),
        (
            _("Hands the service over to another customer, with its packages."),
            _("Accounts on platforms belong to a person: the page says which are ended and which are made anew."),
        ),
        "vender-um-pacote#troca-de-titularidade",
    ),
    Topic(
        ("sales.index",),
        (
            _("The packages that this service has, and how each stands on its platform."),
            _("“Add a package” sells one; the three dots change it, send it again or take it off."),
        ),
        "vender-um-pacote#no-serviço-do-cliente",
    ),
    Topic(
        ("sales.sell",),
        (
            _(
                "Choose a package; then you see log-in, password field and what is going to be sent, before"
                " anything is sold."
            ),
            _("A package does not appear? The page itself says why: locked by the plan, inactive, or already there."),
        ),
        "vender-um-pacote#no-serviço-do-cliente",
    ),
    Topic(
        ("sales.edit",),
        (
            _("Value, dates and parameters of this package for this service alone."),
            _("What is greyed out cannot change after the first transmission, as the e-mail on NX Play."),
        ),
        "vender-um-pacote#alterar-ou-remover",
    ),
    Topic(
        ("sales.remove",),
        (
            _(
                "Takes the package off this service. The account loses its content on the platform, at once"
                " or on the day that you choose."
            ),
            _("Sold again later it is a new sale."),
        ),
        "vender-um-pacote#alterar-ou-remover",
    ),
    Topic(
        ("privacy.data",),
        (
            _("All that is kept about this person, to answer them by law (LGPD)."),
            _("Export it as a page to read or as a file for programs. That you looked is noted."),
        ),
        "pessoas-e-acesso#dados-pessoais",
    ),
    Topic(
        ("privacy.erasure",),
        (
            _("Erases this person here and on the platforms. It cannot be undone once it is done."),
            _("What the law obliges you to keep stays without a name."),
        ),
        "pessoas-e-acesso#dados-pessoais",
    ),
)
