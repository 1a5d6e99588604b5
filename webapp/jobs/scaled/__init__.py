"""A worker among many on PostgreSQL. Imports the queue engine, so it is loaded only where it is used."""
