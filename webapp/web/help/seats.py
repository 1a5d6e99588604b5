"""Help of seats: what leaks, what is left, and what platforms charge."""

from flask_babel import lazy_gettext as _

from webapp.web.help.topic import Topic

TOPICS: tuple[Topic, ...] = (
    Topic(
        ("seats.index",),
        (
            _("What platforms bill and nobody pays for, and what customers pay for and cannot watch, in R$ a month."),
            _("A seat is one product that one subscriber holds on a platform. Each figure opens the people behind it."),
            _("The R$ come from the costs that you write on each platform; without them only the count is known."),
        ),
        "assentos",
    ),
    Topic(
        ("seats.left", "seats.trend"),
        (
            _("What customers pay for packages, what platforms bill for their seats, and what is left."),
            _("A package that is free now brings nothing; who is suspended still pays. The plan is not counted."),
        ),
        "assentos#o-que-sobra",
    ),
    Topic(
        ("seats.rights", "seats.suspended"),
        (
            _("Who is behind a figure: the customer, the package and since when. The name opens the customer."),
            _("Filters narrow the list, and it can be taken as a file for a spreadsheet."),
        ),
        "assentos#quem-está-por-trás-de-um-número",
    ),
    Topic(
        ("costs.index", "costs.terms", "costs.remove"),
        (
            _("What the platform charges you for one seat of each product in a month, from which day on."),
            _("Older costs stay on record, so that the invoices of past months can still be checked."),
            _("The terms say whom the platform bills: whoever had it on any day, on its billing day, or by days."),
        ),
        "assentos#custos-e-regras-de-cobrança",
    ),
)
