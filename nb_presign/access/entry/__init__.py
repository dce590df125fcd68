"""Who comes in: cookies, sessions, addresses, and the page of the end."""
