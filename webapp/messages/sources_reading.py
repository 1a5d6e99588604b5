"""What can go wrong while an ERP is read: cause and next step."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

_TRIED = _(
    "Nobody was suspended or cancelled for it. The hub tries again by itself; if it lasts, call the ERP's support."
)
_CHANGED = _(
    "Nobody was suspended or cancelled for it. Check the address of the source and press Test: it shows the shape of "
    "an answer, for the ERP's support."
)
_ADDRESS = _("Correct the address of the source and press Test.")

_WAYS = {
    "source_name_not_found": Entry(_("The ERP's address {host} is not known to the name server."), _ADDRESS),
    "source_connect_failed": Entry(_("The ERP at {host} refused the connection or cannot be reached."), _TRIED),
    "source_connect_timeout": Entry(_("The ERP at {host} did not answer the connection in time."), _TRIED),
    "source_tls_failed": Entry(
        _("The secure connection to the ERP at {host} could not be made: its certificate is not valid or not trusted."),
        _("Check the address of the source; whoever runs the ERP must renew its certificate if that is the cause."),
    ),
    "source_answer_timeout": Entry(_("The ERP at {host} did not finish its answer within {seconds} seconds."), _TRIED),
    "source_connection_lost": Entry(_("The connection to the ERP at {host} broke before its answer ended."), _TRIED),
    "source_address_refused": Entry(
        _("The hub's own rules forbid the address {address} of {host} ({reason})."),
        _(
            "Check the address of the source. If the ERP really stands in your own network, an administrator adds "
            "that network to the setting SINTONIA_EGRESS_ALLOW."
        ),
    ),
    "source_url_scheme": Entry(_("The address of the ERP does not begin with http:// or https://."), _ADDRESS),
    "source_url_userinfo": Entry(
        _("The address of the ERP holds a user and password before the @ sign."),
        _("Remove them from the address and fill in the fields for them."),
    ),
    "source_url_invalid": Entry(_("The address of the ERP is not a valid URL."), _ADDRESS),
    "source_redirect": Entry(
        _("The ERP answered with a redirect to another address (status {status})."),
        _("Redirects are never followed. Put the final address into the source and press Test."),
    ),
}

_ANSWERS = {
    "source_server_error": Entry(_("The ERP has a fault of its own (status {status}). {message}"), _TRIED),
    "source_throttled": Entry(
        _("The ERP asks for a pause (status {status})."), _("The hub waits and reads again by itself.")
    ),
    "source_credentials_refused": Entry(
        _("The ERP refused the credentials of the source (status {status}). {message}"),
        _(
            "Check user, token and password of the source and press Test. Some ERPs take calls from allowed "
            "addresses only: then ask for the address of this server to be allowed there."
        ),
    ),
    "source_token_missing": Entry(
        _("The ERP's log-in answered without a token. {message}"),
        _("Check the credentials of the source and press Test."),
    ),
    "source_token_busy": Entry(
        _("Another process of the hub is logging in to the ERP and has not finished."),
        _("The hub tries again by itself."),
    ),
    "source_platform_rejected": Entry(
        _("The ERP refused the request. {message}"), _("Check the address of the source and press Test.")
    ),
    "source_endpoint_gone": Entry(
        _("The ERP says that this address is out of service for good (status 410)."),
        _("Ask whoever runs the ERP for the new address and put it into the source."),
    ),
    "source_status_unexpected": Entry(
        _("The ERP answered with a status that means nothing (status {status})."), _CHANGED
    ),
    "source_body_too_large": Entry(_("The ERP's answer is larger than {limit} bytes."), _CHANGED),
    "source_answer_empty": Entry(_("The ERP answered with nothing, where a list was due (status {status})."), _CHANGED),
    "source_answer_html": Entry(
        _("The ERP answered with a web page instead of data (status {status})."),
        _(
            "Nobody was suspended or cancelled for it. Often the address is wrong, or a log-in page stands in between: "
            "check the address of the source and press Test."
        ),
    ),
    "source_answer_not_json": Entry(_("The ERP's answer is cut off or no JSON (status {status})."), _CHANGED),
    "source_answer_duplicate_keys": Entry(_("The ERP's answer names the same field twice."), _CHANGED),
    "source_answer_not_utf8": Entry(_("The ERP's answer is not in UTF-8."), _CHANGED),
    "source_answer_not_a_number": Entry(_("The ERP's answer holds a number that is none."), _CHANGED),
}

_CONTENTS = {
    "source_said_no": Entry(
        _("The ERP answered that it cannot do what was asked: {message}"),
        _("Nobody was suspended or cancelled for it. If it lasts, show these words to whoever runs the ERP."),
    ),
    "source_table_refused": Entry(
        _("The ERP does not let this token list the table {name}: {message}"),
        _("Give the API user the permission to list that table, then press Test."),
    ),
    "source_list_missing": Entry(_("The ERP's answer lacks the list {name}."), _CHANGED),
    "source_total_missing": Entry(_("The ERP does not say how many rows the list {name} has."), _CHANGED),
    "source_paging_unreadable": Entry(_("The ERP does not say which page is the last one ({name})."), _CHANGED),
    "source_list_not_whole": Entry(_("The ERP listed {count} rows of {name} and says that there are {of}."), _TRIED),
    "source_other_record": Entry(
        _("Asked for one customer, the ERP answered about another one ({name})."),
        _(
            "Nobody was suspended or cancelled for it. Check that the address belongs to your own ERP, and show this "
            "to its support."
        ),
    ),
    "source_find_needs_more": Entry(
        _("{source} finds a contract by its number or by document; of the customer {code} neither is known."),
        _("The next whole reading brings the customer."),
    ),
    "source_ability_missing": Entry(
        _("{source} cannot tell what changed lately."),
        _("Set no interval for recent changes: whole readings and its events bring them."),
    ),
    "source_param_missing": Entry(_("The parameter {name} of the source is empty."), _("Fill it in and press Test.")),
    "source_code_missing": Entry(
        _("The ERP sent a record without its number."),
        _("Look the customer up in the ERP. If all records lack it, the ERP's answers changed: call its support."),
    ),
}

ENTRIES: dict[str, Entry] = {**_WAYS, **_ANSWERS, **_CONTENTS}

# Labels and helps of parameters stand in the sources, which know no language: pages translate them by their text,
# and this list lets the extraction find them.
PARAM_TEXTS = (
    _("API address"),
    _("Of your own HubSoft; it begins with api."),
    _("Of the access that you made for this hub."),
    _("Client ID"),
    _("HubSoft: Configuração > Integração > API."),
    _("Client secret"),
    _("API user"),
    _("E-mail of a HubSoft user made for the API."),
    _("Password of the API user"),
    _("Which customers"),
    _("Customers with packages alone are much less to read, where all content is sold as packages of HubSoft."),
    _("Everybody"),
    _("Only those with packages"),
    _("City of the services"),
    _("For the reports by city. HubSoft takes longer to answer when addresses are asked for."),
    _("Do not read it"),
    _("Read it"),
    _("Customers, services and packages from HubSoft, through its integration API."),
    _("Address of IXC"),
    _("Where you open IXC in the browser."),
    _("Number of the API user"),
    _("The number before the colon, where IXC shows token and number."),
    _("Token"),
    _("Of an IXC user made for the API, with leave to list the tables."),
    _("Column of the last change"),
    _("Of the table cliente_contrato; empty = recent changes are not read."),
    _("Numbers of content products"),
    _("Products of a contract that are content, separated by commas. Empty = content comes with the plan."),
    _("Customers and contracts from IXC Provedor, through its web service."),
    _("Address of SGP"),
    _("Where you open SGP in the browser."),
    _("Of the application named above."),
    _("Name of the application"),
    _("As it stands beside the token, capitals included."),
    _("SGP: Administração > Integrações > Tokens."),
    _("Secret of the events"),
    _("Signs what SGP sends to the hub, or is shown in a header. Empty = the address alone is the secret."),
    _("Customers and contracts from SGP (TSMX), which can also tell of changes at once."),
)
