"""Commands of `rainfall` for an instructor's desk; each is added to the group in `cli`."""
