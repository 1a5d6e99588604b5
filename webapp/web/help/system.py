"""Help of what keeps the hub: people, access, alerts' channels, privacy, backups, one's own account."""

from flask_babel import lazy_gettext as _

from webapp.web.help.topic import Topic

TOPICS: tuple[Topic, ...] = (
    Topic(
        (
            "channels.index",
            "channels.new",
            "channels.edit",
        ),
        (
            _("Who is told about alerts outside of this screen: by e-mail, Telegram, WhatsApp and others."),
            _("Send a test message after saving. The quiet hours hold back what can wait until the morning."),
        ),
        "resolver-problemas#canais-de-alerta",
    ),
    Topic(
        ("people.index",),
        (
            _("Who may sign in, and as what. The last administrator cannot be taken away."),
            _("Invite somebody by a link; whoever leaves the company is deactivated and is out at once."),
        ),
        "pessoas-e-acesso#convidar-e-desativar",
    ),
    Topic(
        (
            "people.invite",
            "people.reset",
        ),
        (
            _("Makes a link that is good once. Hand it over yourself, or let it be sent by e-mail."),
            _("The person chooses the password alone; nobody else ever sees it."),
        ),
        "pessoas-e-acesso#convidar-e-desativar",
    ),
    Topic(
        ("people.change_role",),
        (
            _(
                "Administrators set up everything; attendants sell and answer customers; finance sees and "
                "changes values; viewers only look."
            ),
            _("The change takes effect at once: the person signs in again."),
        ),
        "pessoas-e-acesso#os-perfis",
    ),
    Topic(
        (
            "people.deactivate",
            "people.reactivate",
        ),
        (
            _(
                "A deactivated person cannot sign in, and their sessions end at once. What they did stays "
                "in the history."
            ),
            _("Look at the tokens that the person made as well."),
        ),
        "pessoas-e-acesso#convidar-e-desativar",
    ),
    Topic(
        (
            "people.show_sessions",
            "own.show_sessions",
        ),
        (
            _("Where somebody is signed in at present: device, network, since when."),
            _("End what you do not recognise, and then change the password."),
        ),
        "pessoas-e-acesso#sessões",
    ),
    Topic(
        ("people.rules",),
        (
            _("How long a session lasts without a click, and at most."),
            _("Short times are safer at a counter where several people pass."),
        ),
        "pessoas-e-acesso#sessões",
    ),
    Topic(
        ("second_factor.policy",),
        (
            _("Of whom a second factor is required: of nobody, of administrators, or of everybody."),
            _("Whoever has none is led to set one up at the next sign-in."),
        ),
        "pessoas-e-acesso#segundo-fator-e-chaves-de-acesso",
    ),
    Topic(
        (
            "second_factor.index",
            "second_factor.set_up",
            "second_factor.renew_codes",
            "second_factor.remove",
        ),
        (
            _("A second factor is a code from your phone besides the password: a stolen password alone opens nothing."),
            _("Keep the recovery codes on paper; each takes you in once without the phone."),
        ),
        "pessoas-e-acesso#segundo-fator-e-chaves-de-acesso",
    ),
    Topic(
        (
            "passkeys.index",
            "passkeys.delete",
            "passkeys.register",
        ),
        (
            _("With a passkey you sign in by finger, face or PIN of your device, without a password."),
            _("Register one for each device, with a name that you recognise."),
        ),
        "pessoas-e-acesso#segundo-fator-e-chaves-de-acesso",
    ),
    Topic(
        (
            "own.index",
            "own.password",
        ),
        (
            _("Your name, your password, and how you sign in."),
            _(
                "Several words in a row make a good password. If you see a sign-in that was not yours, "
                "change it at once."
            ),
        ),
        "pessoas-e-acesso#a-sua-conta",
    ),
    Topic(
        ("preferences.index",),
        (
            _("Your language follows you everywhere; light or dark and the single keys hold for this browser."),
            _("The key ? shows all keys."),
        ),
        "pessoas-e-acesso#a-sua-conta",
    ),
    Topic(
        (
            "prove.show",
            "prove.check",
            "prove.done",
        ),
        (
            _("Before something serious you say once more who you are; it holds for a quarter of an hour."),
            _("So nobody does it at a screen that you left open."),
        ),
        "pessoas-e-acesso#confirmar-que-é-você",
    ),
    Topic(
        ("privacy.index",),
        (
            _(
                "What was asked for by law (LGPD): who was erased or is about to be, who looked at whose "
                "data, how long it is kept."
            ),
            _("For one person, open the customer and then “All data”."),
        ),
        "pessoas-e-acesso#dados-pessoais",
    ),
    Topic(
        ("privacy.accesses",),
        (
            _("Who opened whose page or file, and when. It answers the question of a customer, or of an auditor."),
            _("Narrow it by colleague or by customer."),
        ),
        "pessoas-e-acesso#dados-pessoais",
    ),
    Topic(
        ("privacy.retention",),
        (
            _("How long each kind of record stays before it is removed by itself."),
            _("Talk with whoever answers for data protection before you change a period."),
        ),
        "pessoas-e-acesso#dados-pessoais",
    ),
    Topic(
        ("privacy.data_map",),
        (
            _("Which data is kept, why, and what each platform receives. It is the record that the law asks for."),
            _("It is made from what is connected now; download it when somebody asks."),
        ),
        "pessoas-e-acesso#dados-pessoais",
    ),
    Topic(
        ("system.index",),
        (
            _("Whether the parts of the hub live, what waits for each platform, and how much room is left."),
            _("A part that gives no sign of life is begun again with the service; queues go on where they were."),
        ),
        "resolver-problemas#como-vai-a-sintonia",
    ),
    Topic(
        ("backups.index",),
        (
            _("Copies of everything, made while people work, and each one opened again to prove that it serves."),
            _("If the newest good one is older than a day, look at the alerts."),
            _("The encryption keys are not in the copies: export them once and keep them elsewhere."),
        ),
        "copia-de-seguranca",
    ),
    Topic(
        ("backups.settings",),
        (
            _("When copies are made, how many are kept, and whether they are encrypted."),
            _("The newest good one is never removed."),
        ),
        "copia-de-seguranca#quando-e-quantas",
    ),
    Topic(
        ("backups.export",),
        (
            _(
                "Hands out the encryption keys in a file closed with a password of yours. Without them the "
                "secrets in a copy stay shut."
            ),
            _("Keep file and password apart from each other, and apart from the copies."),
        ),
        "copia-de-seguranca#as-chaves",
    ),
)
