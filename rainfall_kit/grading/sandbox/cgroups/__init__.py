"""Cgroups: limits on memory and processes that the kernel itself holds, where it lets the grader make any."""
