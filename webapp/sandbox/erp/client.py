"""What tests, the demo and the bench use to set the people and the dials of a fake ERP."""

from typing import Any

from webapp.sandbox.asking import ask
from webapp.sandbox.erp import hubsoft, ixc, sgp

Row = dict[str, Any]
SHAPES = ("hubsoft", "ixc", "sgp")
EFFECTS = ("inserted", "written")


class Erp:
    """One fake ERP, in three shapes over the same people; ids are the same in all of them."""

    def __init__(self, base: str, name: str) -> None:
        self.base = base
        self.name = name
        self.hubsoft_url = f"{base}/erp/{name}/hubsoft"
        self.ixc_url = f"{base}/erp/{name}/ixc"
        self.sgp_url = f"{base}/erp/{name}/sgp"

    def hubsoft_params(self) -> dict[str, str]:
        """Return the address and the credentials of the HubSoft shape."""
        names = ("client_id", "client_secret", "username", "password")
        return {"url": self.hubsoft_url, **{name: hubsoft.LOGIN[name] for name in names}}

    def ixc_params(self) -> dict[str, str]:
        """Return the address and the credentials of the IXC shape."""
        return {"url": self.ixc_url, "id_usuario": ixc.USER_ID, "token": ixc.TOKEN}

    def sgp_params(self) -> dict[str, str]:
        """Return the address and the credentials of the SGP shape."""
        return {"url": self.sgp_url, "app": sgp.APP, "token": sgp.TOKEN}

    def people(self, count: int, **options: Any) -> None:
        """Replace everybody by so many; options: plain, packages, seed."""
        self._ask("POST", "people", {"count": count, **options})

    def packages(self) -> list[Row]:
        """Return the packages that it sells."""
        return list(self._ask("GET", "people")["packages"])

    def services(self, **wanted: Any) -> list[Row]:
        """Return all services whose fields equal ``wanted``, as they truly are."""
        rows: list[Row] = self._ask("GET", "services")
        return [row for row in rows if all(row[name] == value for name, value in wanted.items())]

    def service(self, identity: int) -> Row:
        """Return one service; SandboxError when there is none."""
        return dict(self._ask("GET", f"services/{identity}"))

    def set_service(self, identity: int, **values: Any) -> Row:
        """Change status, packages (codes or ids), plan_id or login of one service."""
        return dict(self._ask("PATCH", f"services/{identity}", values))

    def remove_service(self, identity: int) -> None:
        """Remove a service without a trace."""
        self._ask("DELETE", f"services/{identity}")

    def change(self, where: dict[str, Any] | None = None, **values: Any) -> int:
        """Change many at once, and return how many.

        Args:
            where: status, plan_id, package, ids, share (0 to 1), limit; all of them must fit.
            values: as for ``set_service``.
        """
        return int(self._ask("POST", "services", {"where": where or {}, "set": values})["changed"])

    def add_customer(self, **values: Any) -> Row:
        """Add a customer with one service; name, document, email, phone, status, packages; the rest is made up."""
        return dict(self._ask("POST", "customers", values))

    def set_customer(self, identity: int, **values: Any) -> Row:
        """Change name, document, email or phone of a customer, by ``customer_id``."""
        return dict(self._ask("PATCH", f"customers/{identity}", values))

    def set_dials(self, **dials: Any) -> None:
        """Turn these dials and leave the others; every count starts anew. Names: ``erp.dials.ErpDials``."""
        self._ask("PATCH", "dials", dials)

    def clear_dials(self) -> None:
        """Put every dial back."""
        self._ask("DELETE", "dials")

    def dials(self) -> dict[str, Any]:
        """Return all dials as they stand."""
        return dict(self._ask("GET", "dials"))

    def snapshot(self) -> None:
        """Remember this moment for the dial ``stale``."""
        self._ask("POST", "snapshot")

    def revoke_tokens(self) -> None:
        """Make every HubSoft token issued so far worthless."""
        self._ask("DELETE", "tokens")

    def push(self, url: str, service: int, event: str = "contrato_status", secret: str = "") -> int | None:
        """Let the SGP shape send its message about a service; return the status answered, None when none was."""
        answer = self._ask("POST", "push", {"url": url, "service": service, "event": event, "secret": secret})
        return None if answer["status"] is None else int(answer["status"])

    def reset(self) -> None:
        """Forget everybody and put the dials back, those of the tenant's platform too."""
        ask(self.base, "POST", f"/control/{self.name}/reset")

    def ledger(self, since: int = 0, **wanted: Any) -> list[Row]:
        """Return the calls to this ERP after ``since`` whose fields equal ``wanted``."""
        lines: list[Row] = ask(self.base, "GET", f"/control/{self.name}/ledger?since={since}")
        mine = [line for line in lines if line["kind"] == "erp"]
        return [line for line in mine if all(line.get(name) == value for name, value in wanted.items())]

    def seq(self) -> int:
        """Return the number of the last line; give it to ``ledger`` to see only what comes after."""
        return int(self._counts()["seq"])

    def calls(self, operation: str | None = None) -> int:
        """Return how many calls came in, of one operation (``hubsoft.todos``) or of all."""
        counts = self._counts()["calls"]
        if operation is not None:
            return int(counts.get(operation, 0))
        return sum(count for name, count in counts.items() if name.partition(".")[0] in SHAPES)

    def effects(self, *effects: str) -> int:
        """Return how often a caller changed something here: ``inserted``, ``written`` or either. It must be nought."""
        counts = self._counts()["effects"]
        return sum(int(counts.get(effect, 0)) for effect in effects or EFFECTS)

    def _counts(self) -> Row:
        return dict(ask(self.base, "GET", f"/control/{self.name}/counts"))

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        return ask(self.base, method, f"/control/{self.name}/erp/{path}", body)
