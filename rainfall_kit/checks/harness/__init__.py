"""Harness: the calls of an answer, in safety; nothing else runs student code."""
