"""The commands of ``sintonia``, one file per group; ``webapp/cli.py`` puts them together."""
