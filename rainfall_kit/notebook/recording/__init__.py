"""Recording of a run: the cell's lines, the loop around them, and the steps that they take."""
