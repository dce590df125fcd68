"""What a JupyterHub allows, so that its users can mint links to their servers.

Add it to the Hub's own `jupyterhub_config.py`; nb_presign is installed where the servers run, not
where the Hub does. `jupyter presign doctor hub` on a server says whether something is missing.
"""

import os

c = get_config()  # noqa: F821  # JupyterHub gives it to the file that it reads

# Where browsers find the Hub: https://hub.example.org/
c.JupyterHub.public_url = os.environ["PUBLIC_URL"]

# What links give besides access. It opens nothing, and tells them from shares made by hand.
c.JupyterHub.custom_scopes = {
    "custom:nb-presign:guest": {"description": "Let in by a presigned URL."}
}
# Users may share their own servers; by default they hold `self` alone.
c.JupyterHub.load_roles = [
    {"name": "user", "scopes": ["self", "shares!user", "custom:nb-presign:guest!user"]},
]
# And so may their servers for them: the first two are the Hub's default.
c.Spawner.server_token_scopes = [
    "users:activity!user",
    "access:servers!user",
    "shares!user",
    "custom:nb-presign:guest!user",
    "read:users:shares!user",
    # JupyterHub 5 has "servers!user" in place of these two, which may delete servers as well.
    "read:servers!user",
    "start:servers!user",
]
