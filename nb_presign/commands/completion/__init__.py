"""What could stand at the end of an unfinished command, and the scripts for shells that ask."""
