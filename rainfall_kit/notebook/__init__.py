"""The notebook: magics, the recording of a cell's steps, and reports."""
