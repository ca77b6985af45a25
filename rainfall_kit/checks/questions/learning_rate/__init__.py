"""Questions about the learning rate, the scale of the inputs and reading losses."""
