"""Plugins: the classes that nbgrader's configuration names."""
