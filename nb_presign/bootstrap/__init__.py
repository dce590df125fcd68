"""The composition root: builds the service from a configuration, and finds the one to talk to.

In a Jupyter server the extension calls `build` with the server itself. Kernels and the command line
call `connecting.connect`: it asks the server that the kernel belongs to, and without one builds a
service in process. What only they need is not imported here.
"""

from nb_presign.bootstrap.building import build, connect_policy, kept_access_keys
from nb_presign.bootstrap.runtime import Runtime, hub_guests, keep_up, warm_up

__all__ = [
    "Runtime",
    "build",
    "connect_policy",
    "hub_guests",
    "keep_up",
    "kept_access_keys",
    "warm_up",
]
