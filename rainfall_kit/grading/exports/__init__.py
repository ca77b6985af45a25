"""Exports: grades for Canvas, Moodle and tables, checked against a roster; rosters from the same systems."""
