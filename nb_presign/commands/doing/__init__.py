"""What verbs do, each in a file of its own; `verbs` calls them."""
