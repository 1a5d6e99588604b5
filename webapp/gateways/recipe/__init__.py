"""Recipes: a platform's HTTP API said in one TOML file, and the engine that runs it."""
