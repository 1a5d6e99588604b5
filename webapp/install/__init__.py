"""Puts the one-file program on a Debian with systemd, and takes it off again. Needs no database and no settings."""
