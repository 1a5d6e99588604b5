"""Figures for machines that watch the hub.

``process`` holds what this process counts itself, ``hub`` what the database says of all of them. ``told`` gives both.
"""
