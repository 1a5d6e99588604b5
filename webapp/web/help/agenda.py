"""Help of what is planned: the calendar, new values, campaigns, guided moves."""

from flask_babel import lazy_gettext as _

from webapp.web.help.topic import Topic

TOPICS: tuple[Topic, ...] = (
    Topic(
        ("agenda.index", "agenda.day"),
        (
            _("Everything that is planned for a day: pauses, trials, new values, campaigns, moves, billing days."),
            _("A day leads to the people of that day. Choose a kind at the top to see only that."),
            _("Nothing is changed here: each line leads to where it was planned."),
        ),
        "agenda",
    ),
    Topic(
        ("price_changes.index",),
        (
            _("Values of packages and plans that change on a day, and those that changed."),
            _("Before its day a change can be dropped; after it, taken back: the values of before return."),
            _("What somebody changed by hand since then is left alone and counted."),
        ),
        "agenda#reajustar-a-partir-de-um-dia",
    ),
    Topic(
        ("price_changes.new",),
        (
            _("Choose packages or plans, say by how much and from which day, and look at what happens."),
            _("“Plan exactly this” plans what you saw; if something changed meanwhile, you are shown it anew."),
            _("A value beside a package or plan counts instead of the percentage for all."),
        ),
        "agenda#reajustar-a-partir-de-um-dia",
    ),
    Topic(
        ("campaigns.index", "campaigns.new"),
        (
            _("A campaign makes a package free for its first months when it is sold within its days."),
            _("With a trial the package ends with the free months, unless somebody keeps it."),
            _("Stopping a campaign takes nothing from those who took part."),
        ),
        "agenda#campanhas",
    ),
    Topic(
        ("guided_moves.index", "guided_moves.detail"),
        (
            _("Each step with its time: made anew, standing, looked at on the platform, old one ended."),
            _("When something is in the way, the line says what to do; then let it go on, or stop it."),
            _("As long as the old service stands, nobody loses anything by stopping."),
        ),
        "agenda#mudar-de-titular-ou-de-e-mail-passo-a-passo",
    ),
    Topic(
        ("guided_moves.email", "guided_moves.holder"),
        (
            _("A platform keeps the log-in for good, so another e-mail or holder needs a new account."),
            _("The new one is made first; only when it stands does the old one end."),
            _("Where both cannot be there at once, the page says so, and you must agree to the gap."),
        ),
        "agenda#mudar-de-titular-ou-de-e-mail-passo-a-passo",
    ),
)
