"""Feedback for a student: what each question earned and why, above the graded notebook."""
