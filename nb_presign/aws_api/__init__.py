"""AWS's wire protocol on our own server: any AWS SDK mints links here by an access key.

A *notebook instance* is a Jupyter server, an *Athena session* is a Jupyter session. What is minted
is an ordinary link: listed, audited, revocable, redeemed like any other.
"""
