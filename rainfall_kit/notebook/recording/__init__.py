"""Recording: the cell's lines, the loop around them, and what each step did."""
