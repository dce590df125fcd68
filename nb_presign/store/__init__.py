"""Where links and sessions are kept."""
