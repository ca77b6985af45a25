"""Checks: questions, how an answer is called, and which known mistake it made."""
