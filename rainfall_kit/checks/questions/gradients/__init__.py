"""Questions about gradients: finding, resetting and checking them."""
