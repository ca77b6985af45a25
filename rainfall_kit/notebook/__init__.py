"""The extension: magics, reports and figures in a notebook or terminal."""
