"""Who asks AWS: boto's sessions, their credentials, and whom AWS takes them for."""
