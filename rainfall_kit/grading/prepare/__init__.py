"""Preparation, trusted: from submitted files to jobs for the sandbox."""
