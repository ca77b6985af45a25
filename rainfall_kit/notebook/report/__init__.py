"""Reports: what a run or a check looks like."""
