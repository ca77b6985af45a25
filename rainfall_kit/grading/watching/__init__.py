"""Watching an assignment: submissions are graded, and feedback goes out, as they arrive."""
