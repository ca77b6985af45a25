"""Questions about the loss."""
