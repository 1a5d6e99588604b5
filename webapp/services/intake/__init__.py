"""The one way by which many records become rows: from ERPs, spreadsheets, the API and the command."""

from webapp.services.intake.intake import Intake
from webapp.services.intake.rows import Allowed, RowPlan, RowResult

__all__ = ["Allowed", "Intake", "RowPlan", "RowResult"]
