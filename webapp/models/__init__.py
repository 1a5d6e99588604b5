"""Tables, one file per aggregate. Importing this module registers them all."""

from webapp.models.account import Account, Attempt, Entitlement
from webapp.models.alert import Alert
from webapp.models.backup import Backup
from webapp.models.channel import AlertMessage, ApprovalLink, Channel
from webapp.models.customer import Customer, Service, ServicePackage
from webapp.models.desk import BulkJob, BulkLine, SavedView, TableChoice
from webapp.models.event import ChainLink, Event
from webapp.models.integration import Integration, IntegrationCode, IntegrationParam, IntegrationToken, Product
from webapp.models.measure import Measure
from webapp.models.operator import ApiToken, IdempotencyRecord, Operator, Role, WebAuthn
from webapp.models.orphan import Orphan
from webapp.models.package import Package, PackageComposition, PackageProduct, Plan, PlanPackage
from webapp.models.people import GuessWindow, Invitation, OperatorSession
from webapp.models.privacy import ErasedMark, Erasure, PersonalAccess
from webapp.models.recipe import RecipeVersion
from webapp.models.run import Run, RunItem
from webapp.models.scale import LaneLimit, LaneShare, Leader
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
    "Account", "Alert", "AlertMessage", "ApiToken", "ApprovalLink", "Attempt", "Backup", "BulkJob", "BulkLine",
    "ChainLink", "Channel", "Customer", "Entitlement", "ErasedMark", "Erasure", "Event", "GuessWindow", "Heartbeat",
    "IdempotencyRecord", "Integration", "IntegrationCode", "IntegrationParam", "IntegrationToken", "Invitation",
    "LaneLimit", "LaneShare", "Leader", "Measure", "Operator", "OperatorSession", "Orphan", "Package",
    "PackageComposition", "PackageProduct", "PersonalAccess", "Plan", "PlanPackage", "Product", "RecipeVersion",
    "Role", "Run", "RunItem", "SavedView", "Service", "ServicePackage", "Setting", "Source", "SourceHint",
    "SourceLink", "SourceMapping", "SourceParam", "SourcePull", "SourcePullItem", "SourceRow", "SourceToken",
    "TableChoice", "Tick", "WebAuthn",
]  # fmt: skip
