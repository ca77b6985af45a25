"""Results of grading, read: the questions of a notebook, what its cells said, and a whole class."""
