"""Limits of what is handed in: sizes and counts up to which a submission is read."""

MOST_BYTES = 32 << 20  # of all files together; the rest is left out, with a note
MOST_FILES = 1000
# Of one notebook with its saved outputs, which are cut out before anything counts.
MOST_NOTEBOOK_BYTES = 256 << 20
MOST_CELLS = 2000  # of one notebook; a lesson has dozens
