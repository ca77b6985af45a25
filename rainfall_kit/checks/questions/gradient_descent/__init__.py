"""Questions about the move and the loop."""
