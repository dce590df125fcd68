"""From words to a command: the table of verbs and options, and who reads it."""
