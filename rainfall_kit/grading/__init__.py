"""Grading: whatever was handed in becomes a grade, through nbgrader."""
