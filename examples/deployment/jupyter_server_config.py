"""Settings of a Jupyter server behind nginx that shares its store with others.

The same file is for each of them: what differs comes from the environment. Jupyter itself reads the
owner's token from JUPYTER_TOKEN, and PostgreSQL's client the database's password from PGPASSWORD or
~/.pgpass; in here it would reach the log, to which Jupyter writes its configuration at level DEBUG.
"""

import os
import socket
from urllib.parse import urlsplit

c = get_config()  # noqa: F821  # Jupyter gives it to the files that it reads

# Where browsers find this server: https://notebooks.example.org/one/
public_url = os.environ["PUBLIC_URL"]
place = urlsplit(public_url)

c.ServerApp.base_url = place.path
# The names it answers to: for browsers, and for its own kernels.
c.ServerApp.allow_remote_access = False
c.ServerApp.local_hostnames = ["localhost", socket.gethostname(), place.hostname]
# nginx ends TLS: Jupyter's own cookies are Secure all the same.
c.ServerApp.trust_xheaders = True

# Each server has its own name and its own keys; its links open there and nowhere else.
c.NbPresign.server_name = os.environ["SERVER_NAME"]
c.NbPresign.public_url = public_url
# Without a password: postgresql+psycopg://presign@db.example.org/presign?sslmode=verify-full
c.NbPresign.store_url = os.environ["STORE_URL"]
# The addresses nginx connects from, and no others: who is on this list can claim to be anywhere.
c.NbPresign.trusted_proxies = os.environ["TRUSTED_PROXIES"].split(",")
# Any AWS SDK mints here with an access key: jupyter presign aws-keys create
c.NbPresign.aws_api = True
# Rather no server than one that cannot serve links safely.
c.NbPresign.required = True
