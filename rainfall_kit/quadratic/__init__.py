"""The loss as a quadratic bowl: its lowest point, its Hessian, every path down into it."""
