"""Mutation operators with words: wrong programs made from right ones, each with what was changed."""
