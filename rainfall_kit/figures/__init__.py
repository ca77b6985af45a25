"""Figures: everything that is drawn or set as a table; records in, SVG and HTML out."""
