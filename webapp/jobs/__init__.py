"""Periodic work and the engine that drives convergence."""
