"""Recording, trusted: scores, gradebook, autograded notebooks, journal."""
