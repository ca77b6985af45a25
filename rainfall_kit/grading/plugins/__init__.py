"""Nbgrader plugins: the classes that nbgrader's configuration names."""
