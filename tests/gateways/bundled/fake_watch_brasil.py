"""Watch Brasil as its public clients see it: errors come with 200, the code by a call of theirs, tickets are kept."""

import contextlib
import threading
from typing import Any, ClassVar

import requests
from flask import Flask, request

from tests.gateways.bundled.fake import Call, Fake

CLIENT_ID, CLIENT_SECRET = "client-0815", "watch-client-s3cret"
_TOKEN_CALLS = ("/watch/v1/oauth/authenticate", "/oauth/token")
PACKAGES = {"FULL": "basic", "KIDS": "basic", "HBO": "hbomax"}


class FakeWatchBrasil(Fake):
    """Tickets by their number.

    Attributes:
        delivery: how the code arrives: ``inline`` in the answer, or ``redirect`` by a call of the platform.
        refusal: what a token that is not good any more is answered with, always with status 200.
    """

    refusals: ClassVar[dict[str, dict[str, Any]]] = {
        "envelope": {"HasError": True, "IsValidationError": False, "ErrorMessage": "Token expirado", "Result": None},
        "error": {"error": "invalid_token"},
    }

    def __init__(self) -> None:
        self.delivery = "inline"
        self.refusal = "envelope"
        self._codes: set[str] = set()
        self._tokens: set[str] = set()
        super().__init__()

    def routes(self, app: Flask) -> None:
        app.before_request(self._authorise)
        for path, view in (
            ("/watch/v1/oauth/authenticate", self._code),
            ("/oauth/token", self._token),
            ("/watch/v2/assinantes/insert", self._insert),
            ("/watch/v1/tickets/updatestatus", self._status),
            ("/watch/v1/tickets/delete", self._delete),
            ("/watch/v2/assinantes/editPhone", self._phone),
            ("/watch/v1/assinante/sendemailactivation", self._resend),
        ):
            app.add_url_rule(path, path, view, methods=["POST"])
        app.add_url_rule("/watch/v1/pacotes/get", "packages", self._packages)
        app.add_url_rule("/watch/v2/tickets/get", "tickets", self._tickets)

    def live(self, who: str, product: str) -> int:
        return len(self._of(who, product))

    def state(self, who: str, product: str) -> str:
        found = self._of(who, product)
        return "absent" if not found else "active" if found[0]["Status"] else "suspended"

    def is_token_call(self, call: Call) -> bool:
        return call.path in _TOKEN_CALLS

    def strange_state(self, who: str, product: str) -> None:
        self._of(who, product)[0]["Status"] = "em análise"

    def other_subscriber(self, data: Any) -> Any:
        for row in (data.get("Result") or {}).get("list", ()):
            row |= {"Ticket": "T-OTHER", "IDIntegracaoAssinante": "sintonia-6"}
        return data

    def expire_tokens(self) -> None:
        """Make every token that was handed out worthless."""
        self._tokens.clear()

    def _of(self, email: str, package: str) -> list[dict[str, Any]]:
        rows = self.subscribers.values()
        return [row for row in rows if (row["email"], row["package"]) == (email, package)]

    def _authorise(self) -> Any:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        known = request.path in _TOKEN_CALLS or token in self._tokens
        return None if known else self.refusals[self.refusal]

    def _code(self) -> Any:
        if request.form["client_id"] != CLIENT_ID or request.form["approval_prompt"] != "false":
            return _no("Cliente desconhecido")
        code = f"code-{len(self.secrets)}-abcdef"
        self._codes.add(code)
        self.secrets.append(code)
        if self.delivery == "inline":
            return _yes({"success": True, "code": code})
        redirect = (request.form["redirect_url"], {"code": code, "uid": request.form["uid"]})
        threading.Thread(target=self._call_back, args=redirect, daemon=True).start()
        return _yes({"success": True})

    @staticmethod
    def _call_back(url: str, query: dict[str, str]) -> None:
        # An address that cannot be reached is nothing that the platform would tell.
        with contextlib.suppress(requests.RequestException):
            requests.get(url, params=query, timeout=5)

    def _token(self) -> Any:
        form = request.form
        good = (form["client_id"], form["client_secret"], form["grant_type"]) == (CLIENT_ID, CLIENT_SECRET, "password")
        if not good or form["code"] not in self._codes:
            return _no("Código inválido")
        self._codes.discard(form["code"])
        token = f"access-{len(self.secrets)}-qwertz"
        self._tokens.add(token)
        self.secrets.append(token)
        return _yes([{"access_token": token}])

    def _packages(self) -> Any:
        return _yes({"list": [{"Pacote": code, "Nome": code.title(), "Type": kind} for code, kind in PACKAGES.items()]})

    def _insert(self) -> Any:
        form = request.form
        package, email = form["pPacote"], form["pEmail"]
        if package not in PACKAGES:
            return _no("Pacote inválido")
        with self.lock:
            held = {PACKAGES[row["package"]] for row in self.subscribers.values() if row["email"] == email}
            if PACKAGES[package] in held:
                return _no("O assinante já possui um pacote deste tipo")
            ticket = f"T{len(self.ledger):04}"
            self.subscribers[ticket] = {
                "Ticket": ticket, "Status": True, "telefone": form["pPhone"], "email": email, "package": package,
                "IDIntegracaoAssinante": form["pAssinanteIDIntegracao"], "name": form["pName"], "mails": 1,
            }  # fmt: skip
        return _yes({"ticket": ticket})

    def _tickets(self) -> Any:
        rows = list(self.subscribers.values())
        for query, name in (
            ("pPacote", "package"),
            ("pEmailUsuario", "email"),
            ("pAssinanteIDIntegracao", "IDIntegracaoAssinante"),
        ):
            if request.args.get(query):
                rows = [row for row in rows if row[name] == request.args[query]]
        shown = ("Ticket", "Status", "telefone", "IDIntegracaoAssinante")
        return _yes({"list": [{name: row[name] for name in shown} for row in rows]})

    def _status(self) -> Any:
        row = self.subscribers.get(request.form["pTicket"])
        if row is None or request.form["pStatus"] not in ("true", "false"):
            return _no("Ticket não encontrado")
        row["Status"] = request.form["pStatus"] == "true"
        return _yes({"success": True})

    def _delete(self) -> Any:
        if self.subscribers.pop(request.form["pTicket"], None) is None:
            return _no("Ticket não encontrado")
        return _yes({"success": True})

    def _phone(self) -> Any:
        found = self._of(request.form["pEmail"], request.form["pPacote"])
        if not found or len(request.form["pPhone"]) != 13 or not request.form["pPhone"].startswith("55"):
            return _no("Telefone inválido")
        found[0]["telefone"] = request.form["pPhone"]
        return _yes({"User": {"Email": found[0]["email"], "Phone": found[0]["telefone"]}})

    def _resend(self) -> Any:
        row = self.subscribers.get(request.form["pTicket"])
        if row is None:
            return _no("Ticket não encontrado")
        row["mails"] += 1
        return _yes([{"email_send": True}])


def _yes(result: Any) -> Any:
    return {"HasError": False, "IsValidationError": False, "Result": result}


def _no(message: str) -> Any:
    return {"HasError": True, "IsValidationError": True, "ErrorMessage": message, "Result": None}
