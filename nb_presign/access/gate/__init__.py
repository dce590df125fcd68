"""The table of what guests may ask for, and the gate that reads it. Pure, but for `places`."""
