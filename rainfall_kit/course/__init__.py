"""The course: the bundled assignments, a class to try them on, a tour to start with."""
