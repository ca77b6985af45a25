"""The inside of the sandbox: what runs where student code runs."""
