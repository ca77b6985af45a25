"""JobBuilder, trusted: what was handed in becomes jobs."""
