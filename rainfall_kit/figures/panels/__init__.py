"""The panels that figures are put together from, each a pure function from numbers to SVG."""
