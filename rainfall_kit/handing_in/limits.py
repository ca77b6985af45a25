"""Limits of what is handed in: sizes and counts up to which a submission is read."""

# Of all files together; what is more is left out, with a note. A course may set both.
MOST_BYTES = 32 << 20
MOST_FILES = 1000
# Of one notebook with its saved outputs, which are cut out before anything counts.
MOST_NOTEBOOK_BYTES = 128 << 20
MOST_CELLS = 2000  # of one notebook; a lesson has dozens
MOST_CODE = 1 << 18  # characters of all code cells; a lesson has some 10,000
