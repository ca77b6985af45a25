"""Judging of the values that came out of the sandbox, in a process of its own."""
