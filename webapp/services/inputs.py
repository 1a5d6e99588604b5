"""What use cases accept: one shape for the API, the forms and the imports.

Shape and presence are checked here; the rules of the business in the services.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

# No database keeps a NUL in a text, and no line of ours should hold one.
NO_NUL = r"^[^\x00]*$"
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=NO_NUL)]
ShortText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60, pattern=NO_NUL)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=NO_NUL)]
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60, pattern=NO_NUL)]
Id = Annotated[int, Field(ge=1, le=2**31 - 1)]
Whole = Annotated[int, Field(ge=0, le=2**31 - 1)]
Value = Annotated[Decimal, Field(ge=0, le=Decimal("9999999.99"), decimal_places=2)]
Params = dict[
    Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=NO_NUL)],
    Annotated[str, StringConstraints(max_length=4000, pattern=NO_NUL)],
]
# A field that is left empty says that nobody knows.
City = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, max_length=80, pattern=NO_NUL)] | None,
    AfterValidator(lambda text: text or None),
]


class Input(BaseModel):
    """Parent of all: an unknown field is refused, so that a typing error is not lost."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)


class IntegrationInput(Input):
    """``params``: name -> value; a secret left out keeps its value, an empty one removes it.

    ``status_rules``: service status -> active, suspended, keep or absent; only what differs from the default.
    ``status_scope``: whose status counts: of the ``service`` that carries the package, or the best of all services of
    its ``customer``; then one that is suspended or waits is lifted by one that pays, and one that ended never.
    """

    gateway: Code
    description: Name
    single_package: bool = False
    follow_status: bool = True
    status_scope: Literal["service", "customer"] = "service"
    active: bool = True
    params: Params = Field(default_factory=dict)
    concurrency: int | None = Field(default=None, ge=1, le=256)
    rate_per_s: float | None = Field(default=None, ge=0, le=10_000, allow_inf_nan=False)
    reconcile_interval_s: int = Field(default=3600, ge=60, le=31_536_000)
    status_rules: dict[str, Literal["active", "suspended", "keep", "absent"]] = Field(default_factory=dict)


class SourceInput(Input):
    """A source of subscribers. ``params``: as of an integration.

    ``full_interval_s``: seconds between whole readings; ``light_interval_s`` between looks at recent changes,
    None = never. ``precedence``: where two sources bring the same service, the lower number wins.
    """

    kind: Code
    description: Name
    active: bool = True
    precedence: int = Field(default=1, ge=1, le=99)
    code_prefix: Annotated[str, StringConstraints(strip_whitespace=True, max_length=20, pattern=r"^[\w./-]*$")] = ""
    full_interval_s: int = Field(default=28_800, ge=3600, le=2_592_000)
    light_interval_s: int | None = Field(default=None, ge=15, le=86_400)
    params: Params = Field(default_factory=dict)


class ProductInput(Input):
    """A product of an integration; ``code`` is the platform's own."""

    code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=NO_NUL)]
    name: Name
    description: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=NO_NUL)] = ""
    active: bool = True


class CompositionInput(Input):
    """One line of what a package is made of."""

    description: Name
    kind: Literal["sva", "scm", "other"] = "sva"
    value: Value


class DiciInput(Input):
    """``none`` = not declared (SVA). The other fields count for scm, stfc and seac."""

    type: Literal["none", "scm", "stfc", "seac"] = "none"
    technology: Text = ""
    medium: Text = ""
    product_kind: Text = ""
    speed_mbps: Decimal | None = Field(default=None, ge=0, le=1_000_000)


class PackageInput(Input):
    """A package; its composition adds up to ``value``, its products are of one integration."""

    description: Name
    code: Code | None = None
    value: Value
    composition: list[CompositionInput] = Field(default_factory=list)
    integration_id: Id | None = None
    product_codes: list[str] = Field(default_factory=list)
    dici: DiciInput = Field(default_factory=DiciInput)
    accountant_note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=NO_NUL)] = ""
    active: bool = True


class PlanPackageInput(Input):
    """A package that comes with a plan; ``params`` are preset on each sale."""

    package_id: Id
    mandatory: bool = False
    params: Params = Field(default_factory=dict)


class PlanInput(Input):
    """An internet plan; ``packages`` replaces the former list."""

    description: Name
    value: Value
    technology: Text = ""
    download_kbps: Whole = 0
    upload_kbps: Whole = 0
    band_control: bool = True
    lock_packages: bool = False
    contract_months: Annotated[int, Field(ge=0, le=120)] = 0
    active: bool = True
    packages: list[PlanPackageInput] = Field(default_factory=list)


class CustomerInput(Input):
    """A person or company; the code is in the address, not in here."""

    name: Name
    document: Text = ""
    email: Annotated[str, StringConstraints(strip_whitespace=True, max_length=254, pattern=NO_NUL)] = ""
    phone: Annotated[str, StringConstraints(strip_whitespace=True, max_length=40, pattern=NO_NUL)] = ""


class SaleInput(Input):
    """A package sold on a service. ``value`` None = the package's own."""

    package_id: Id
    value: Value | None = None
    description: Text = ""
    params: Params = Field(default_factory=dict)
    starts_on: date | None = None
    ends_on: date | None = None


class SaleChange(Input):
    """A change of a sale; what is left out, or None, stays. A date given as None is taken away."""

    value: Value | None = None
    description: Text | None = None
    params: Params | None = None
    starts_on: date | None = None
    ends_on: date | None = None


class ServiceInput(Input):
    """``password`` None keeps the former one; so do the commercial data that are left out (``KEPT``).

    ``packages`` counts only when the service is new or
    changes its plan: None = all packages of the plan; a list = exactly these, plus the mandatory ones.
    """

    customer_code: Code
    plan_id: Id
    status: Code = "servico_habilitado"
    login: Annotated[str, StringConstraints(strip_whitespace=True, max_length=120, pattern=NO_NUL)] = ""
    password: Annotated[str, StringConstraints(max_length=120, pattern=NO_NUL)] | None = None
    address: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300, pattern=NO_NUL)] = ""
    city: City = None
    sold_on: date | None = None
    value: Value | None = None
    due_day: Annotated[int, Field(ge=1, le=31)] | None = None
    billing_method: ShortText = ""
    billing_kind: Literal["", "postpaid", "prepaid", "free"] = ""
    suspension_profile: ShortText = ""
    contract_ends_on: date | None = None
    pause_from: date | None = None
    pause_until: date | None = None
    no_suspend_until: date | None = None
    no_suspend_reason: Text = ""
    packages: list[SaleInput] | None = None
