"""Tables, one file per aggregate. Importing this module registers them all."""

from webapp.models.account import Account, Attempt, Entitlement
from webapp.models.activation import CustomerChannel, CustomerMessage, MessageTemplate, PasswordLink
from webapp.models.agenda import Campaign, GuidedMove, PriceChange
from webapp.models.alert import Alert
from webapp.models.backup import Backup
from webapp.models.channel import AlertMessage, ApprovalLink, Channel
from webapp.models.customer import Customer, Service, ServicePackage
from webapp.models.desk import BulkJob, BulkLine, SavedView, TableChoice
from webapp.models.event import ChainLink, Event
from webapp.models.figure import City, LeakFigure, MonthFigure, Receipt
from webapp.models.integration import Integration, IntegrationCode, IntegrationParam, IntegrationToken, Product
from webapp.models.invoice import Invoice, InvoiceLine
from webapp.models.measure import Measure
from webapp.models.operator import ApiToken, IdempotencyRecord, Operator, Role, WebAuthn
from webapp.models.orphan import Orphan
from webapp.models.package import Package, PackageComposition, PackageProduct, Plan, PlanPackage
from webapp.models.people import GuessWindow, Invitation, OperatorSession
from webapp.models.privacy import ErasedMark, Erasure, PersonalAccess
from webapp.models.recipe import RecipeVersion
from webapp.models.run import Run, RunItem
from webapp.models.scale import LaneLimit, LaneShare, Leader
from webapp.models.seat import BillingTerms, ProductCost, Seat, SeatChange
from webapp.models.source import (
    Source,
    SourceHint,
    SourceLink,
    SourceMapping,
    SourceParam,
    SourcePull,
    SourcePullItem,
    SourceRow,
    SourceToken,
)
from webapp.models.system import Heartbeat, Setting, Tick

__all__ = [
    "Account", "Alert", "AlertMessage", "ApiToken", "ApprovalLink", "Attempt", "Backup", "BillingTerms", "BulkJob",
    "BulkLine", "Campaign", "ChainLink", "Channel", "City", "Customer", "CustomerChannel", "CustomerMessage",
    "Entitlement", "ErasedMark", "Erasure", "Event", "GuessWindow", "GuidedMove", "Heartbeat", "IdempotencyRecord",
    "Integration", "IntegrationCode", "IntegrationParam", "IntegrationToken", "Invitation", "Invoice",
    "InvoiceLine", "LaneLimit", "LaneShare", "Leader", "LeakFigure", "Measure", "MessageTemplate", "MonthFigure",
    "Operator", "OperatorSession", "Orphan", "Package", "PackageComposition", "PackageProduct", "PasswordLink",
    "PersonalAccess", "Plan", "PlanPackage", "PriceChange", "Product", "ProductCost", "Receipt", "RecipeVersion",
    "Role", "Run", "RunItem", "SavedView", "Seat", "SeatChange", "Service", "ServicePackage", "Setting", "Source",
    "SourceHint", "SourceLink", "SourceMapping", "SourceParam", "SourcePull", "SourcePullItem", "SourceRow",
    "SourceToken", "TableChoice", "Tick", "WebAuthn",
]  # fmt: skip
