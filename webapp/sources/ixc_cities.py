"""Names of IXC's cities, which stand in a table of all the country's: only those that are met are asked for."""

from collections.abc import Iterable

from webapp.gateways.errors import AuthFailed, ContractBroken
from webapp.sources.contract import SourceConnection
from webapp.sources.ixc_calls import Condition, list_page
from webapp.sources.values import code, first

TABLE = "cidade"


class Cities:
    """The cities of one reading. Not thread-safe; one per reading.

    Source: public client code of IXC (table ``cidade``, column ``nome``), read 2026-11-23; not in the facts.
    """

    def __init__(self, connection: SourceConnection) -> None:
        self._connection = connection
        self._names: dict[str, str] = {}
        self._refused = False

    def of(self, numbers: Iterable[str]) -> dict[str, str]:
        """Return the names of these cities; a table that cannot be read costs them, never the reading.

        Raises:
            GatewayError: IXC cannot be reached.
        """
        for number in sorted({one for one in numbers if one} - self._names.keys()):
            self._names[number] = "" if self._refused else self._asked(number)
        return self._names

    def _asked(self, number: str) -> str:
        try:
            rows = list_page(self._connection, TABLE, [Condition("id", "=", number)]).rows
        except (AuthFailed, ContractBroken) as error:
            if isinstance(error, AuthFailed) and error.code != "source_table_refused":
                raise
            self._refused = True
            return ""
        return next((first(row, "nome") for row in rows if code(row.get("id")) == number), "")
