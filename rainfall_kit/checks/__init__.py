"""Checks: questions, misconceptions and the diagnosis of an answer."""
