"""What stays open: sockets and long answers, held to the session until it ends."""
