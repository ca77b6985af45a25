"""The magics: options in, a report out."""
