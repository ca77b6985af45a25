"""The lesson: the table of five regions, and linear regression by gradient descent in PyTorch."""
