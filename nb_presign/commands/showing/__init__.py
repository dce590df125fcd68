"""How outcomes and progress look: text, tables, JSON, a line that turns, a browser."""
