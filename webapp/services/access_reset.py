"""Help for somebody who lost the second factor."""

from webapp.services import operators, second_factor, sessions
from webapp.services.changes import commit


def remove_second_factor(operator_id: int) -> None:
    """Forget app, recovery codes and passkeys of an operator, end all sessions, and commit.

    Raises:
        NotFound: no such operator.
        NotAllowed: it is oneself, who has a page for it, or whoever asks is no administrator any more.
    """
    operators.lock_access()
    operators.refuse_losing_oneself(operators.get_operator(operator_id))
    second_factor.remove(operator_id)
    sessions.end_all(operator_id, sessions.SECOND_FACTOR)
    commit()
