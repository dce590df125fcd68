"""What this machine says of AWS in files and variables, read without boto."""
