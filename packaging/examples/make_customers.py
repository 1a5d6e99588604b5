"""Write the example CSV anew: ``python packaging/examples/make_customers.py > packaging/examples/clientes.csv``.

Fifty people who do not exist: documents with valid check digits, e-mails at example.com. The same on every run.
"""

import csv
import sys
from pathlib import Path
from typing import TextIO

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from webapp.demo.people import Person, make_people  # noqa: E402

COLUMNS = (
    "code", "name", "document", "email", "phone", "service_code", "plan", "status", "login", "password", "packages",
)  # fmt: skip
PLAN = "Fibra 500 Mega + Livros"
COUNT, SEED = 50, 2026


def write(file: TextIO) -> None:
    """Write the header and one row for each person, all of them paying."""
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerows(_row(person) for person in make_people(COUNT, SEED))


def _row(person: Person) -> tuple[str, ...]:
    service = f"{person.code}-1"
    return (
        person.code, person.name, person.document, person.email, person.phone, service, PLAN, "servico_habilitado",
        person.login, f"pppoe-{person.code}", "",
    )  # fmt: skip


if __name__ == "__main__":
    write(sys.stdout)
