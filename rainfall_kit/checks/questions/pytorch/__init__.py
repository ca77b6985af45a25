"""Questions about PyTorch's own words: a layer, batches, a training loop, held-out rows."""
