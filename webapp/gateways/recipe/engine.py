"""Runs a recipe: the one engine behind every platform that is only a TOML file."""

from collections.abc import Sequence
from datetime import datetime

from webapp.gateways.contract import (
    CallbackAnswer,
    CallbackQuestion,
    CallbackRequest,
    CheckStep,
    Connection,
    EventHint,
    Exchange,
    Listing,
    LookUp,
    Operation,
    ProductFacts,
    Reply,
    Subject,
    Verdict,
)
from webapp.gateways.errors import GatewayError
from webapp.gateways.recipe.batching import Batcher
from webapp.gateways.recipe.compiled import Recipe
from webapp.gateways.recipe.reading import Reader
from webapp.gateways.recipe.scope import connection_scope
from webapp.gateways.recipe.sending import Caller
from webapp.gateways.recipe.showing import preview
from webapp.gateways.recipe.steps import Run


class RecipeGateway:
    """A platform as its recipe describes it. Without state; shared by threads."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.traits = recipe.traits
        self._caller = Caller(recipe)
        self._reader = Reader(self._caller)
        self._batcher = Batcher(self._caller, self._reader)

    def __repr__(self) -> str:
        return f"RecipeGateway({self.traits.key})"

    def check(self, conn: Connection) -> list[CheckStep]:
        """Look at the params, log in, and make one harmless call; never raises."""
        return self._reader.check(conn)

    def list_products(self, conn: Connection, subject: Subject | None = None) -> list[ProductFacts]:
        """Return the platform's products; see ``Reader.list_products``."""
        return self._reader.list_products(conn, subject)

    def find(self, conn: Connection, subject: Subject) -> LookUp:
        """Look the account up; see ``Reader.find``."""
        return self._reader.find(conn, subject)

    def list(self, conn: Connection, since: datetime | None = None) -> Listing:
        """Return all accounts, page by page; see ``Reader.list``."""
        return self._reader.list(conn, since)

    def send(self, conn: Connection, operation: Operation, subject: Subject, key: str) -> Reply:
        """Do what the recipe says for the operation; one that is local needs no call.

        ``GONE`` with the state ``ABSENT`` means: the account is not there any more. ``ALREADY`` on
        create means: it was there, is ours, and may differ in password and products.

        Raises:
            InProgress: the platform is still at it; ask again with the progress that the error carries.
            IdentityClash: the log-in belongs to an account that is not ours.
            GatewayError: see ``gateways/errors.py``; keep its ``progress`` and ``remote_ids``.
        """
        sent = self.traits.sent_as(operation)
        if sent in self.traits.local:
            return Reply()
        if sent in self.traits.batch:
            return self._alone(conn, sent, subject, key)
        return Run(self._caller, self._reader, conn, sent, subject, key).whole()

    def send_batch(
        self, conn: Connection, operation: Operation, subjects: Sequence[Subject], keys: Sequence[str]
    ) -> Sequence[Reply | GatewayError]:
        """Do the same for several subscribers in one call; one answer each, in their order. Never raises."""
        return self._batcher.send(conn, self.traits.sent_as(operation), subjects, keys)

    def batch_key(self, conn: Connection, operation: Operation, subject: Subject) -> str | None:
        """Return what subjects must share to go in one call; None = this one goes alone."""
        return self._batcher.key(conn, self.traits.sent_as(operation), subject)

    def preview(self, conn: Connection, operation: Operation, subject: Subject, key: str) -> Exchange:
        """Render the first change that ``send`` would send, masked, and send nothing; see ``showing.preview``."""
        return preview(self._caller, conn, operation, subject, key)

    def read_callback(self, request: CallbackRequest) -> CallbackQuestion | None:
        """Read the question as the recipe says."""
        return self.recipe.callback.read(request)

    def answer_callback(self, verdict: Verdict, login: str, products: tuple[str, ...]) -> CallbackAnswer:
        """Answer as the recipe says."""
        return self.recipe.callback.answer(verdict, login, products)

    def admits_callback(self, conn: Connection, request: CallbackRequest) -> bool:
        """Tell whether address and secret header are those that the integration's params allow."""
        return self.recipe.admission.admits(connection_scope(conn, self.recipe.names), request)

    def read_event(self, request: CallbackRequest) -> EventHint | None:
        """Read of whom the platform tells; None when it is none of our concern or unreadable."""
        return self.recipe.events.read(request) if self.recipe.events is not None else None

    def _alone(self, conn: Connection, operation: Operation, subject: Subject, key: str) -> Reply:
        ended = self._batcher.send(conn, operation, [subject], [key])[0]
        if isinstance(ended, GatewayError):
            raise ended
        return ended
