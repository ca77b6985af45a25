"""Explorers: pictures that answer to sliders, one file and one script for each."""
