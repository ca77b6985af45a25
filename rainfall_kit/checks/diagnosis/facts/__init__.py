"""Facts: what can be said of a wrong answer whose mistake is not known."""
