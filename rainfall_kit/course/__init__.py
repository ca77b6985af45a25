"""Bundled course: the assignments, a simulated class to try them on, a tour to start with."""
