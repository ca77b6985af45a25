"""Grading: the engine, its seam with nbgrader, and its report."""
