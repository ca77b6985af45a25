"""Verification of an assignment before it is released: its notebooks are read, and answers to it graded."""
