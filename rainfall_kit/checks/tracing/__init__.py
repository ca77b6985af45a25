"""Tracing: what is noted while an answer runs."""
