"""Handing in: what of a notebook counts as an answer, for the grader and for a look before."""
