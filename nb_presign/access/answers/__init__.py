"""What guests are told: pages without tokens, narrowed lists, and no secret, in logs neither."""
