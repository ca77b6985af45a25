"""Repair: answers are found whatever became of their cells, and what is missing is put back."""
