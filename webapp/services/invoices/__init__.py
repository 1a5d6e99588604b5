"""Invoices of platforms: taken in, checked line by line against the ledger of seats, contested and closed."""
