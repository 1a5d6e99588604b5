"""Help of what is connected and sold: platforms, gateways, products, packages, plans, programs."""

from flask_babel import lazy_gettext as _

from webapp.web.help.topic import Topic

TOPICS: tuple[Topic, ...] = (
    Topic(
        ("integrations.index",),
        (
            _("The content platforms that you sell. One line is one contract with a platform."),
            _("The three dots have products, test and synchronise, as you know them from HubSoft."),
            _("The callback URL is the address at which the platform tells us something; give it to them if they ask."),
        ),
        "primeira-plataforma",
    ),
    Topic(
        (
            "integrations.new",
            "integrations.edit",
        ),
        (
            _(
                "What Sintonia needs to speak with this platform. The help beside each field says where the"
                " value is found."
            ),
            _("Save, then test: the test says at which step something is wrong."),
            _("“Enable/Suspend Subscriptions” makes the content follow the status of the service."),
        ),
        "primeira-plataforma#passo-a-passo",
    ),
    Topic(
        ("integrations.test",),
        (
            _("The test goes step by step: address, connection, credentials, products. Nobody's account is touched."),
            _("The first step that fails says what to do; correct it in the integration and test again."),
        ),
        "primeira-plataforma#testar-e-trazer-os-produtos",
    ),
    Topic(
        ("reconciliation_settings.edit",),
        (
            _("How often this platform is compared, and how many may lose content without asking anybody."),
            _(
                "The page shows what the limits mean for your numbers. Small limits are safer; you only "
                "approve more often."
            ),
        ),
        "reconciliar#os-limites",
    ),
    Topic(
        (
            "products.index",
            "products.sync",
        ),
        (
            _(
                "What the platform sells. Synchronise brings the list from there; your packages are made of"
                " these products."
            ),
            _("Hide what you do not sell. A product that vanished over there is marked, not deleted."),
        ),
        "primeira-plataforma#testar-e-trazer-os-produtos",
    ),
    Topic(
        (
            "products.new",
            "products.edit",
        ),
        (
            _("One product of the platform. The code must be exactly the one that the platform uses."),
            _("Add one by hand only where the platform cannot list its products."),
        ),
        "primeira-plataforma#testar-e-trazer-os-produtos",
    ),
    Topic(
        ("gateways.index",),
        (
            _(
                "The kinds of platforms that Sintonia can speak with. A gateway is the language, an "
                "integration your contract."
            ),
            _("“Assumed” means: there are no public documents; confirm with the platform before you sell."),
        ),
        "primeira-plataforma#gateways-e-receitas",
    ),
    Topic(
        (
            "gateways.detail",
            "gateways.versions",
        ),
        (
            _("What this gateway can do, where it is known from, and what to ask the platform before you sell."),
            _("A recipe of your own can go back to any earlier version."),
        ),
        "primeira-plataforma#gateways-e-receitas",
    ),
    Topic(
        (
            "recipes.new",
            "recipes.edit",
            "recipes.check",
            "recipes.preview",
            "recipes.send",
            "recipes.take_file",
        ),
        (
            _("A recipe says in one text file how a platform is spoken to. It is checked while you write."),
            _("Preview shows the request with its secrets covered; “Send for real” calls the platform."),
            _("Saving makes a new version; the one before stays at hand."),
        ),
        "primeira-plataforma#gateways-e-receitas",
    ),
    Topic(
        ("packages.index", "packages.set_active"),
        (
            _("What you sell: a package joins a price with products of one platform."),
            _("Inactivate what is no longer sold; whoever has it keeps it."),
        ),
        "vender-um-pacote#o-pacote",
    ),
    Topic(
        (
            "packages.new",
            "packages.edit",
            "packages.update",
        ),
        (
            _(
                "Three tabs: price and composition, platform and product, declaration. The composition must"
                " add up to the value."
            ),
            _("Ask your accountant about composition and DICI; “Not declared (SVA)” is the usual answer."),
        ),
        "vender-um-pacote#o-pacote",
    ),
    Topic(
        ("plans.index",),
        (
            _("Your internet plans and the packages that come with each."),
            _("The three dots clone, readjust values and renew contracts."),
        ),
        "vender-um-pacote#no-plano",
    ),
    Topic(
        (
            "plans.new",
            "plans.edit",
            "plans.save",
        ),
        (
            _("In the tab of packages you say what comes with this plan: mandatory always, optional if wanted."),
            _("“Lock packages”: services of this plan may only have the packages listed here."),
            _("A change holds for services made from now on; those that exist keep what they have."),
        ),
        "vender-um-pacote#no-plano",
    ),
    Topic(
        (
            "plans.readjust",
            "plans.renew",
        ),
        (
            _("Changes all services of a plan at once: values, or the end of their contracts."),
            _("You see how many change before you confirm; services with a value of their own are counted apart."),
        ),
        "vender-um-pacote#no-plano",
    ),
    Topic(
        (
            "tokens.index",
            "tokens.new",
            "tokens.revoke",
        ),
        (
            _("A token lets a program use the API in place of a person. Each program gets its own."),
            _("It is shown once. If it is lost or was seen by somebody, revoke it and make another."),
        ),
        "pessoas-e-acesso#programas-e-tokens",
    ),
    Topic(
        (
            "api_page.index",
            "api_page.show",
        ),
        (
            _("What programs can ask Sintonia for, with examples. This page is for whoever writes such a program."),
            _("It needs a token; an administrator makes one."),
        ),
        "pessoas-e-acesso#programas-e-tokens",
    ),
)
