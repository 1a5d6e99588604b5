"""One subscriber as the product drives it: remembers what it learned, and repeats a doubt as it does."""

from dataclasses import replace

from webapp.gateways.contract import (
    Connection,
    Gateway,
    LookUp,
    Operation,
    Outcome,
    Progress,
    RemoteState,
    Reply,
    Subject,
)
from webapp.gateways.errors import GatewayError


class Hub:
    """Drives one subscriber on one gateway.

    Attributes:
        remote_ids: what was learned so far, as an account row would hold it.
        progress: how far an operation of several steps came before it failed.
    """

    def __init__(self, gateway: Gateway, conn: Connection, subject: Subject) -> None:
        self.gateway = gateway
        self.conn = conn
        self._subject = subject
        self.remote_ids: dict[str, str] = dict(subject.account.remote_ids)
        self.progress = Progress()

    @property
    def subject(self) -> Subject:
        """The subscriber with what is known by now."""
        account = replace(self._subject.account, remote_ids=dict(self.remote_ids))
        return replace(self._subject, account=account, progress=self.progress)

    def send(self, operation: Operation, key: str = "key-1") -> Reply:
        """Send, and keep the ids that the answer teaches, and those that a failure leaves behind."""
        try:
            reply = self.gateway.send(self.conn, operation, self.subject, key)
        except GatewayError as error:
            self.remote_ids |= error.remote_ids
            self.progress = error.progress or Progress()
            raise
        self.remote_ids |= reply.remote_ids
        self.progress = Progress()
        return reply

    def find(self) -> LookUp:
        """Look the account up."""
        return self.gateway.find(self.conn, self.subject)

    def ending(self, operation: Operation, key: str = "key-1") -> Outcome | type[GatewayError]:
        """Return how a call ends: its outcome, or the kind of its failure."""
        try:
            return self.send(operation, key).outcome
        except GatewayError as error:
            return type(error)

    def repeat(self, operation: Operation, key: str = "key-1") -> bool:
        """Do after a doubt what the product does (decide/steps); False: it waits for a person.

        A change sets a state and is sent again. A create is only sent again when that is harmless or the
        platform honours the key; otherwise it is looked for first, and without a look-up never repeated.
        """
        traits = self.gateway.traits
        sends = traits.sent_as(operation) is not Operation.CREATE or traits.repeatable_create
        if not sends and traits.can(Operation.FIND):
            found = self.find().found
            if found is not None and found.state is not RemoteState.ABSENT:
                self.remote_ids |= found.remote_ids
                return True
            sends = True
        if not (sends or traits.honours_key):
            return False
        self.send(operation, key)
        return True
