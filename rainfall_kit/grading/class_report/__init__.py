"""Class report: what a class understood of an assignment, as a page, a table, CSV and JSON."""
