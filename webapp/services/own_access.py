"""What operators change of their own access."""

from webapp.extensions import db
from webapp.languages import offered
from webapp.models import Operator
from webapp.services import operators, passwords, sign_in
from webapp.services.changes import commit, refuse_if
from webapp.services.errors import Invalid, Problem
from webapp.services.transactions import begin

TRIED_OFTEN = "password_tries_many"


def rename(operator_id: int, name: str) -> Operator:
    """Change how a person is shown.

    Raises:
        NotFound: no such operator.
        Invalid: the name is too long.
    """
    refuse_if(operators.name_problems(name))
    begin(reads_only=False)
    operator = operators.get_operator(operator_id)
    before, operator.name = operator.name, name.strip()
    if before != operator.name:
        operators.record("operator.rename", operator, before={"name": before}, after={"name": operator.name})
    commit()
    return operator


def choose_language(operator_id: int, language: str) -> None:
    """Keep the language of a person's screens. No event: it says nothing about what anybody may or did.

    Args:
        language: one that is offered (``webapp/languages.py``); empty = what the browser asks for.

    Raises:
        NotFound: no such operator.
        Invalid: the language is not offered; show it beside ``language``.
    """
    refuse_if([] if not language or language in offered() else [Problem("language", "language_unknown")])
    begin(reads_only=False)
    operators.get_operator(operator_id).language = language
    commit()


def change_password(operator_id: int, session_id: int, present: str, new: str) -> None:
    """Change the own password; all sessions end, that of whoever asks too: begin a new one for it.

    Args:
        session_id: of whoever asks: wrong tries are counted there, so that nobody else is shut out by them.

    Raises:
        NotFound: no such operator.
        Invalid: the present password is wrong or was too often (``present``), or the new one cannot be taken
            (``password``); show it beside the field.
        Busy: ask to try again in a few seconds.
    """
    answer = sign_in.prove_by_password(operator_id, session_id, present)
    if answer.wait_s:
        raise Invalid([Problem("present", TRIED_OFTEN, {"minutes": -(-answer.wait_s // 60)})])
    refuse_if([] if answer.operator_id is not None else [Problem("present", "password_present_wrong")])
    begin(reads_only=True)
    operator = operators.get_operator(operator_id)
    about = (str(operator.email), operator.name)
    db.session.rollback()
    passwords.check_password(new, about)
    password_hash = passwords.hash_new(new)
    begin(reads_only=False)
    operators.set_password(operator_id, password_hash)
    commit()
