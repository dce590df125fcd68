"""AWS's wire protocol on our own server: any AWS SDK mints links here by an access key.

A *notebook instance* is a Jupyter server, an *Athena session* is a Jupyter session. What is minted
is an ordinary link: listed, audited, revocable, redeemed like any other.

handler              HTTP: receives requests, writes answers
desk                 from a request to its answer, step by step
incoming, claim, signature, failures: whose a request is
models, reading, constraints, writing: what it says, and what is said, by botocore's models
call, judging        what an operation is given, what the key's policy says
operations           what is done
refusal              errors, in AWS's words
"""
