"""Messages of the domain: what a use case refuses, why, and what to do about it."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

OBJECTS: dict[str, Entry] = {
    "invalid": Entry(
        _("Some of the data cannot be accepted."), _("Correct the fields that are marked and save again.")
    ),
    "stale": Entry(
        _("Somebody else changed this in the meantime."), _("Look at the present version and repeat your change.")
    ),
    "exists_already": Entry(
        _("Somebody else made or changed the same thing at the same moment."), _("Look at it again and repeat.")
    ),
    "integration_not_found": Entry(_("There is no such Integration."), _("Choose one from the list of Integrations.")),
    "product_unknown": Entry(_("There is no such Product."), _("Choose one from the Integration's Products.")),
    "package_unknown": Entry(_("There is no such Package."), _("Choose one from the list of Packages.")),
    "plan_unknown": Entry(_("There is no such Plan."), _("Choose one from the list of Plans.")),
    "customer_unknown": Entry(_("There is no such Customer."), _("Search the Customer by name, document or code.")),
    "service_unknown": Entry(_("There is no such Service."), _("Open it from its Customer.")),
    "sale_unknown": Entry(_("There is no such Package on the Service."), _("Choose one from the Service's Packages.")),
    "sale_removed": Entry(_("This Package was taken off the Service."), _("Sell it again if it is wanted back.")),
}

PEOPLE: dict[str, Entry] = {
    "code_missing": Entry(_("The code is empty."), _("Give the code that your ERP uses.")),
    "code_too_long": Entry(_("The code has more than {maximum} characters."), _("Give a shorter one.")),
    "cpf_wrong": Entry(
        _("The CPF {value} does not exist: its check digits do not fit."), _("Compare it with the person's document.")
    ),
    "cnpj_wrong": Entry(
        _("The CNPJ {value} does not exist: its check digits do not fit."),
        _("Compare it with the company's registration; letters are allowed, except in the last two places."),
    ),
    "document_length": Entry(
        _("The document {value} is neither a CPF nor a CNPJ: it has {length} characters."),
        _("A CPF has 11, a CNPJ 14; a spreadsheet may have dropped the zeros on the left."),
    ),
    "email_wrong": Entry(
        _("{value} is not an e-mail address."), _("Write it like name@example.com, or leave it empty.")
    ),
    "email_placeholder": Entry(
        _("{value} stands for “has no e-mail”, but on {gateway} the e-mail is the log-in."),
        _("Ask the Customer for a real e-mail, or sell a Package that needs none."),
    ),
    "phone_wrong": Entry(
        _("{value} is not a phone number with its area code."),
        _("Write it like 11 98765-4321, with + and the country's code when it is abroad, or leave it empty."),
    ),
    "login_held": Entry(
        _("The log-in {login} belongs already to the Customer {customer} (Service {service}) on {integration}."),
        _("There each Customer needs a log-in of their own: use another one, or correct the other Customer."),
    ),
    "login_held_own": Entry(
        _("The log-in {login} is in use already on {integration}, by the Service {service} of the same Customer."),
        _("Sell the Package on that Service, or give another log-in here."),
    ),
}

PARAMS: dict[str, Entry] = {
    "param_required": Entry(_("The parameter {name} ({label}) is missing."), _("Fill it in.")),
    "param_unknown": Entry(_("The gateway knows no parameter {name}."), _("Those that it knows: {allowed}.")),
    "param_unknown_near": Entry(
        _("The gateway knows no parameter {name}; {meant} is probably meant."), _("Rename it to {meant}, or remove it.")
    ),
    "param_not_url": Entry(
        _("The parameter {name} ({label}) is not a complete address."),
        _("Write it like https://platform.example.com/api."),
    ),
    "param_not_number": Entry(
        _("The parameter {name} ({label}) is not a number."), _("Write digits only, such as 12 or 0.5.")
    ),
    "param_choice": Entry(
        _("The parameter {name} has a value that the gateway does not know."), _("Choose: {allowed}.")
    ),
    "param_frozen": Entry(
        _("{name} cannot change any more: the platform has the account under {value}."),
        _("To use another one, take the Package off, wait until the account is cancelled, and sell it again."),
    ),
    "gateway_unknown": Entry(_("There is no gateway {value}."), _("Choose one of these: {allowed}.")),
    "gateway_has_accounts": Entry(
        _("The Integration has {count} accounts on {gateway}, so its gateway stays."),
        _("Make a new Integration for the other gateway and move the Packages."),
    ),
}

PACKAGES: dict[str, Entry] = {
    "composition_below": Entry(
        _("The composition adds up to R$ {total}, which is R$ {gap} less than the value R$ {value}."),
        _("Add what is missing, or correct the value; let the accountant check it."),
    ),
    "composition_above": Entry(
        _("The composition adds up to R$ {total}, which is R$ {gap} more than the value R$ {value}."),
        _("Take off what is too much, or correct the value; let the accountant check it."),
    ),
    "package_code_taken": Entry(
        _("The code {code} belongs already to the Package {package}."), _("Choose another code.")
    ),
    "integration_id_unknown": Entry(_("There is no Integration with the number {id}."), _("Choose one from the list.")),
    "products_without_integration": Entry(
        _("The Products belong to an Integration, and none was chosen."), _("Choose the Integration first.")
    ),
    "package_without_products": Entry(
        _("The Package gives nothing on {integration}: it has no Product."),
        _("Choose at least one Product; synchronise the Products when the list is empty."),
    ),
    "product_code_unknown": Entry(
        _("{integration} has no Product with the code {code}."), _("Synchronise the Products, or correct the code.")
    ),
    "product_code_near": Entry(
        _("{integration} has no Product with the code {code}; {meant} is probably meant."), _("Correct the code.")
    ),
    "product_missing": Entry(
        _("The Product {code} vanished from {integration}."), _("Choose another one, or synchronise the Products.")
    ),
    "product_inactive": Entry(
        _("The Product {code} of {integration} is switched off."), _("Switch it on, or choose another one.")
    ),
    "product_code_taken": Entry(
        _("There is a Product with the code {code} already."), _("Use that one, or choose another code.")
    ),
    "products_empty": Entry(
        _("The platform's list of Products came back empty, although {count} were there before. Nothing was changed."),
        _("Test the Integration, and ask the platform whether the list is right."),
    ),
    "single_package_product": Entry(
        _("{integration} allows one Product in each Package (Pacote Único); {count} were chosen."),
        _("Choose one, or switch Pacote Único off in the Integration."),
    ),
    "single_package_products": Entry(
        _("Pacote Único allows one Product in each Package, and these have more: {names}."),
        _("Leave one Product in each of them first."),
    ),
    "single_package_services": Entry(
        _("Pacote Único allows one Package on each Service, and these have more: {names}."),
        _("Leave one Package on each of them first."),
    ),
    "single_package_taken": Entry(
        _("{package} cannot be held beside {other}: their Integration allows one Package (Pacote Único)."),
        _("Take {other} off first, or choose one of the two."),
    ),
    "dici_medium_unknown": Entry(
        _("Anatel's collection of data knows no medium {value}."), _("Choose one of these: {allowed}.")
    ),
    "dici_product_kind_unknown": Entry(
        _("Anatel's collection of data knows no kind of product {value}."), _("Choose one of these: {allowed}.")
    ),
    "package_integration_sold": Entry(
        _("{package} has been sold, so its Integration stays."), _("Make a new Package for the other Integration.")
    ),
}

SALES: dict[str, Entry] = {
    "customer_code_unknown": Entry(_("There is no Customer with the code {code}."), _("Make the Customer first.")),
    "plan_id_unknown": Entry(_("There is no Plan with the number {id}."), _("Choose one from the list.")),
    "plan_inactive": Entry(_("The Plan {plan} is not offered any more."), _("Choose another one, or switch it on.")),
    "plan_description_taken": Entry(_("There is a Plan named {plan} already."), _("Choose another name.")),
    "package_id_unknown": Entry(_("There is no Package with the number {id}."), _("Choose one from the list.")),
    "package_inactive": Entry(
        _("The Package {package} is not offered any more."), _("Choose another, or switch it on.")
    ),
    "package_twice": Entry(_("The Package with the number {id} is named twice."), _("Name it once.")),
    "package_held": Entry(_("The Service {service} has {package} already."), _("Change that one instead.")),
    "package_locked_out": Entry(
        _("The Plan {plan} allows only Packages that it carries (Travar Pacotes), and {package} is not among them."),
        _("Add the Package to the Plan, switch Travar Pacotes off, or move the Service to another Plan."),
    ),
    "status_unknown": Entry(_("{value} is not a status of a Service."), _("Choose one of these: {allowed}.")),
    "service_ended": Entry(
        _("The Service {service} has ended, so nothing can be sold on it."), _("Enable the Service first.")
    ),
    "service_has_accounts": Entry(
        _("The Service {service} of the Customer {customer} has accounts on platforms, so it cannot go to {other}."),
        _("Cancel this Service, and make a new one for the other Customer."),
    ),
    "sale_dates_order": Entry(_("The right ends before it begins."), _("Correct one of the two days.")),
    "pause_without_start": Entry(
        _("The pause has an end but no first day."), _("Give its first day, or remove the end.")
    ),
    "pause_order": Entry(_("The pause ends before it begins."), _("Correct one of the two days.")),
    "no_suspend_reason_missing": Entry(
        _("An exemption from suspension needs a reason."), _("Say why, so that others understand it later.")
    ),
}

IMPORT: dict[str, Entry] = {
    "import_file_missing": Entry(_("The file {file} cannot be read."), _("Check its name and its permissions.")),
    "import_empty": Entry(_("The file has no rows."), _("Give a header and at least one row below it.")),
    "import_unreadable": Entry(
        _("The file cannot be read as CSV ({reason})."), _("Save it as CSV again, and check its quotation marks.")
    ),
    "import_column_missing": Entry(_("The header has no column {name}."), _("The header is: {columns}.")),
    "import_column_unknown": Entry(
        _("The header has an unknown column {name}."), _("The columns are: {columns}. Rename it or remove it.")
    ),
    "import_column_near": Entry(
        _("The header has an unknown column {name}; {meant} is probably meant."),
        _("Rename it to {meant}, or remove it."),
    ),
    "import_column_twice": Entry(_("The column {name} stands twice in the header."), _("Remove one of them.")),
    "import_row_long": Entry(
        _("The row has {count} cells, and the header {expected}."),
        _("A separator inside a text needs quotation marks around the text."),
    ),
    "import_cell_long": Entry(_("The text has more than {maximum} characters."), _("Shorten it.")),
    "import_name_missing": Entry(_("The name is empty."), _("Give the Customer's name.")),
    "import_service_code_missing": Entry(
        _("The row describes a Service, and service_code is empty."),
        _("Give the Service's code, or empty its columns."),
    ),
    "import_plan_missing": Entry(
        _("The Service {service} is new and has no plan."), _("Give the Plan's description or number.")
    ),
    "import_plan_unknown": Entry(
        _("There is no Plan {value}."), _("Write its description or number exactly as in the list of Plans.")
    ),
    "import_package_unknown": Entry(
        _("There is no Package {value}."), _("Write its code or description, and | between several.")
    ),
    "import_package_ambiguous": Entry(
        _("There are several Packages named {value}."), _("Use the Package's code instead.")
    ),
    "import_service_twice": Entry(
        _("The Service {service} stood in row {row} already, with other data."), _("Leave one of the two rows.")
    ),
    "import_customer_differs": Entry(
        _("The Customer {customer} stood in row {row} already, with other data."),
        _("Give name, document, e-mail and phone alike in all rows of one Customer."),
    ),
}

ENTRIES: dict[str, Entry] = {**OBJECTS, **PEOPLE, **PARAMS, **PACKAGES, **SALES, **IMPORT}
