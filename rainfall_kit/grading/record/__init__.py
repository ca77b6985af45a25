"""Records of grades, trusted: scores, gradebook, autograded notebooks, journal."""
