"""The harness: calls an answer in safety; nothing else runs student code."""
