"""Real Jupyter servers in processes of their own: those of the examples, under the tests' name."""

from jupyter_servers import RunningServer, World, free_port, jupyter_server

__all__ = ["RunningServer", "World", "free_port", "jupyter_server"]
