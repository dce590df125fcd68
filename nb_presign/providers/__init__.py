"""One module for each kind of place that links open."""
