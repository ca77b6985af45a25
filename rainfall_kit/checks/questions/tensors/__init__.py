"""Questions about tensors, parameters and predictions."""
