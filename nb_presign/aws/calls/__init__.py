"""One call: what it is, what it may hold, how often and in which thread it is made."""
