"""Watchdogs: what does not happen is told, too. Each minute, whoever is at work or not."""

from webapp.services.watchdogs.watching import watch

__all__ = ["watch"]
