"""A made-up provider on fake platforms, so that a newcomer sees the main job in two minutes."""
