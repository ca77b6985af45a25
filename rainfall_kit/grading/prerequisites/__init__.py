"""Prerequisites: what a machine and a course need for grading, each looked at where it stands."""
