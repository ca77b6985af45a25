"""The installed package: its folder and its version."""

from pathlib import Path

FOLDER = Path(__file__).parent
VERSION = "0.1.0"
