"""Settings of nb_presign for a laptop that also mints for a GPU box behind a proxy.

Copy what you need into `jupyter_server_config.py` in one of `jupyter --paths`' config directories.
"""

c = get_config()  # noqa: F821  # Jupyter gives it to the files that it reads

# What others call this server: jupyter:laptop
c.NbPresign.server_name = "laptop"

# Another server; the owner's token for it is read from the environment when it is needed.
c.NbPresign.servers = {
    "gpu": {"url": "https://notebooks.example.org/gpu/", "token_env": "GPU_TOKEN"},
}

# Behind a proxy: where browsers find this server, and whose X-Forwarded-For is believed.
c.NbPresign.public_url = "https://notebooks.example.org/laptop/"
c.NbPresign.trusted_proxies = ["127.0.0.1"]

# Rather no server than one that cannot serve links safely.
c.NbPresign.required = True
