"""Messages of certificates: what was wrong with a reading of a source, what is kept back for it, and what to do."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

_READING: dict[str, Entry] = {
    "reading_incomplete": Entry(
        _("The reading broke off after {records} records, on page {pages}: who is missing may stand on a later page."),
        _(
            "Nobody was suspended or cancelled by it; payments that it showed were taken over. It is read again "
            "by itself. If it stays, test the source."
        ),
    ),
    "reading_empty": Entry(
        _("The source showed nobody at all; the last good reading had {last} records."),
        _(
            "Nothing was changed. Look in the source's own panel whether its customers are there, and test the "
            "source: a wrong address or a user without rights often answers like this."
        ),
    ),
    "reading_shrunken": Entry(
        _("The source showed {now}, and {last} the last time: {missing} are missing."),
        _(
            "Nobody was suspended or cancelled. Look whether a filter or the rights of the user changed there. If"
            " it is right, accept this reading as the new normal on its page; it counts from the next one on."
        ),
    ),
    "page_repeated": Entry(
        _("Page {page} of {pages} showed the same records as an earlier one: the source goes round in a circle."),
        _("Nobody was suspended or cancelled. It is read again by itself; if it stays, tell the vendor of the source."),
    ),
    "totals_disagree": Entry(
        _("The source announced {total} rows and delivered {rows}."),
        _(
            "Nobody was suspended or cancelled: rows were jumped over or shown twice. It is read again by itself;"
            " a quiet hour may help."
        ),
    ),
    "total_moved": Entry(
        _("While it was read, the number of rows of the source went from {first} to {total}."),
        _("That is usual while people work there; everything that it has was read."),
    ),
    "rows_shifted": Entry(
        _("{count} of {records} records came twice: rows moved between the pages while they were read."),
        _(
            "Nobody was suspended or cancelled, since others were jumped over. It is read again by itself; choose"
            " an hour in which nobody works there."
        ),
    ),
    "reading_stale": Entry(
        _("The answers of the source were up to {hours} hours old: they come from a cache."),
        _(
            "Nobody was suspended or cancelled. It is read again by itself; if it stays, ask the vendor to switch"
            " the cache off for the hub."
        ),
    ),
    "reading_copied": Entry(
        _(
            "For {count} services the source showed an older state than it had told one by one, on the same first"
            " page as the last time: it serves a kept copy."
        ),
        _(
            "Nobody was suspended or cancelled. It is read again by itself; if it stays, ask the vendor how long "
            "the list is kept."
        ),
    ),
    "reading_older": Entry(
        _("For {count} services the source showed an older state than it had told one by one."),
        _(
            "Nobody was suspended or cancelled. It is read again by itself; if it stays, the list of the source "
            "is behind its own data: tell its vendor."
        ),
    ),
    "reading_went_back": Entry(
        _("The newest record of the source is of {now}; the last reading had one of {last}."),
        _(
            "Nobody was suspended or cancelled: it looks like an old copy or a restored backup. If records were "
            "really removed there, accept this reading as the new normal on its page."
        ),
    ),
    "ids_went_back": Entry(
        _("The greatest id of the source is {now}; it had been {last} already."),
        _(
            "Nobody was suspended or cancelled: it looks like a restored backup. If records were really removed "
            "there, accept this reading as the new normal on its page."
        ),
    ),
    "clock_ahead": Entry(
        _("The source shows dates that lie {days} days ahead."),
        _(
            "Nobody was suspended or cancelled: with a wrong clock nothing there is really overdue. Put the clock"
            " of its server right, or the record that has the wrong date."
        ),
    ),
    "records_flawed": Entry(
        _("{count} of {of} records could not be understood."),
        _(
            "Those were left out, and nobody was suspended or cancelled. The page of the reading says what is "
            "wrong with each; if the source was updated lately, its format may have changed."
        ),
    ),
    "records_refused": Entry(
        _("{count} of {of} records were refused one by one, though they could be read and their words are mapped."),
        _(
            "Those were left out, and nobody was suspended or cancelled. The page of the reading says what is "
            "wrong with each; so many at once point to the prefix of the codes, or to another list of customers."
        ),
    ),
}
_STATUSES: dict[str, Entry] = {
    "status_words_unknown": Entry(
        _("{count} of {of} records have a status that means nothing here yet: {words}."),
        _(
            "Those services keep the status that they have. Say on the page of the source's mapping what the "
            "words mean."
        ),
    ),
    "nobody_pays": Entry(
        _("By this reading not one of {count} services in use would be paid."),
        _(
            "Nobody was suspended or cancelled. Look in the source's own panel; if only some of the customers are"
            " shown to the hub, put its filter right."
        ),
    ),
    "paying_fell": Entry(
        _("The share of services in use that are paid fell from {last} % to {now} %."),
        _(
            "Nobody was suspended or cancelled. Look in the source's own panel whether payments were booked. If "
            "it is right, accept this reading as the new normal on its page; then the usual limits hold."
        ),
    ),
    "many_stop": Entry(
        _("This would stop {count} of {of} services that are paid, more than half."),
        _(
            "Nobody was suspended or cancelled. A whole reading of the source will show whether it is so; start "
            "one, and look into its own panel."
        ),
    ),
    "ended_hidden": Entry(
        _("The last good reading had {last} services that ended; this one has none at all."),
        _(
            "Nobody was suspended or cancelled: a filter hides part of the list. If they were really removed "
            "there, accept this reading as the new normal on its page."
        ),
    ),
    "first_reading": Entry(
        _("This is the first good reading of this source: there is nothing yet to measure it by."),
        _(
            "Customers, services and payments are taken over; nobody loses anything. The next reading acts in "
            "both directions."
        ),
    ),
}
_PEOPLE: dict[str, Entry] = {
    "another_provider": Entry(
        _(
            "Of {known} services that come from this source it showed {matched}, and {new} that are unknown here:"
            " these look like another provider's, or like ours under other ids."
        ),
        _(
            "Nothing of it was used. Check the address and the user of the source. If the ids there were changed "
            "on purpose, set up a new source for them."
        ),
    ),
    "other_people": Entry(
        _("{count} of {of} known customers would get another name and another document: these are other people."),
        _("Nothing of it was used. Check the address and the user of the source, or the columns of the file."),
    ),
    "identity_changed": Entry(
        _(
            "{count} of {new} new services belong to people who have a service here that is missing in the "
            "source: the same under other ids."
        ),
        _(
            "Nothing new was made, so that nobody has two accounts, and nobody was suspended or cancelled. If the"
            " contracts were made anew there, end the old ones here."
        ),
    ),
    "owners_changed": Entry(
        _("{count} of {of} known services come under another customer than they have here."),
        _(
            "No customer was made or changed, no service changed hands, and nobody was suspended or cancelled. If "
            "the customers were numbered anew there on purpose, accept this reading as the new normal on its page."
        ),
    ),
    "contacts_changed": Entry(
        _("The field {field} would change for {count} of {of} known customers at once."),
        _(
            "No name, document, e-mail or phone was changed, and nobody was suspended or cancelled. Check whether"
            " columns are swapped or written in another way. If it is right, accept this reading as the new "
            "normal on its page."
        ),
    ),
    "contacts_invalid": Entry(
        _("The field {field} cannot be right in {count} of {of} records."),
        _(
            "Nothing new was made, no name, document, e-mail or phone was changed, and nobody was suspended or "
            "cancelled. Another column seems to stand there: check the columns, or the source's format."
        ),
    ),
    "dates_shifted": Entry(
        _("{count} of {of} packages would end {days} days earlier, all by the same time."),
        _(
            "Nobody was suspended or cancelled: it looks like a time zone or a wrong due day. If it is right, "
            "accept this reading as the new normal on its page."
        ),
    ),
    "looks_contradicted": Entry(
        _("Asked once more one by one, the source said otherwise of {count} of {of} services."),
        _(
            "What was confirmed until then was done, nothing more was taken from anybody. It is read again by "
            "itself; if it stays, the list of the source is behind its own data: tell its vendor."
        ),
    ),
}
_LIMITS: dict[str, Entry] = {
    "pull_staged": Entry(
        _(
            "{count} services would be suspended or lose something, {cancels} of them for good: {found} where "
            "{most} may go without a person."
        ),
        _(
            "Payments and new sales were taken over. Look at the list on the page of the reading, and approve or "
            "refuse it."
        ),
    ),
    "reading_not_acceptable": Entry(
        _("This reading cannot be taken for the new normal: it was not read properly, or is about other people."),
        _("Mend the cause that its page names; it is read again by itself."),
    ),
}
ENTRIES: dict[str, Entry] = {**_READING, **_STATUSES, **_PEOPLE, **_LIMITS}
