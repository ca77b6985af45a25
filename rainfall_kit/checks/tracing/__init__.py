"""Tracing: values, signs, output and failures of one call."""
