"""What is done for each operation; `table` lists them."""
