"""Diagnosis: which known mistake explains what an answer gave, or what a run did."""
