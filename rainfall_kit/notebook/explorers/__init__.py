"""The explorers: pictures of the lesson that answer to sliders at once."""
