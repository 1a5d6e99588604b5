"""Which jobs go in one call, and how many calls may start."""

from webapp.gateways.contract import Connection, Gateway, Operation, Subject


class Parcels:
    """Puts jobs of one lane into calls, in the order in which they come.

    Args:
        calls: how many may start; None = any number.
    """

    def __init__(self, gateway: Gateway, connection: Connection, calls: int | None) -> None:
        self._gateway = gateway
        self._connection = connection
        self._calls = calls
        self._started = 0
        # Operation and key -> number and free places of the call that still takes some.
        self._open: dict[tuple[Operation, str], tuple[int, int]] = {}

    def admit(self, operation: Operation, subject: Subject) -> int | None:
        """Return the number of the call that a job goes in; None when no more may start."""
        traits = self._gateway.traits
        size = traits.batch.get(traits.sent_as(operation), 1) if operation is not Operation.FIND else 1
        key = self._gateway.batch_key(self._connection, operation, subject) if size > 1 else None
        if key is None:
            return self._start()
        number, free = self._open.get((operation, key), (None, 0))
        if number is None or not free:
            number, free = self._start(), size
        if number is not None:
            self._open[operation, key] = (number, free - 1)
        return number

    def _start(self) -> int | None:
        if self._calls is not None and self._started >= self._calls:
            return None
        self._started += 1
        return self._started
