"""What belongs to one running hub: its settings and its vault, found from any use case."""

from dataclasses import dataclass
from datetime import date

from flask import Flask, current_app

from webapp.clock import local_today
from webapp.config import Settings
from webapp.vault import Vault

KEY = "sintonia"


@dataclass(frozen=True)
class Hub:
    """Settings and vault of the running application."""

    settings: Settings
    vault: Vault

    def today(self) -> date:
        """Return the day that it is where the provider is."""
        return local_today(self.settings.timezone)


def init_app(app: Flask, settings: Settings) -> None:
    """Bind a hub to the application."""
    app.extensions[KEY] = Hub(settings, Vault(settings.encryption_keys, settings.keys_file))


def current_hub() -> Hub:
    """Return the hub of the current application context."""
    hub: Hub = current_app.extensions[KEY]
    return hub
