"""What the law on personal data (LGPD) asks for: show, export, erase, forget in time, and tell who looked."""
