"""Why a record of a source, of a file or of the API changes nothing, or not all that it says."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

ENTRIES: dict[str, Entry] = {
    "source_service_twice": Entry(
        _("The Service {service} stands twice in the same reading."),
        _("Only the first record counts. Remove one of the two in the source."),
    ),
    "source_owned_elsewhere": Entry(
        _("Another source with a better precedence brings the Service {service}."),
        _("Nothing is to be done if that is right; else change the precedence of the sources."),
    ),
    "source_code_taken": Entry(
        _("The code {code} is here already, and belongs to somebody with another CPF or CNPJ, or to another record."),
        _("Give the source a prefix for its codes, or correct the CPF or CNPJ where it is wrong."),
    ),
    "service_stays_with_customer": Entry(
        _("The source says that the Service {service} is of the Customer {other}; here it has accounts of {customer}."),
        _("It stays with its Customer and follows the rest. Use the change of ownership to move it with its accounts."),
    ),
    "package_beside_another": Entry(
        _("The Package {package} cannot stand beside {other}: the platform allows one Package for each Service."),
        _("It was left out and the rest was taken. Correct the Packages in the source, or the mapping."),
    ),
    "intake_value_long": Entry(_("The text has more than {maximum} characters."), _("Shorten it where it comes from.")),
    "intake_value_wrong": Entry(_("The value {value} cannot be kept."), _("Correct it where it comes from.")),
    "intake_moved_on": Entry(
        _("The Service changed while the file was being imported, and would lose content now."),
        _("Look at it, and import the row again if it is right."),
    ),
    "negatives_unconfirmed": Entry(
        _("{count} Services would stop paying or end, and no more than {limit} do so without a person's word."),
        _("Look at the rows. If all of them are right, repeat and confirm exactly {count}."),
    ),
}
