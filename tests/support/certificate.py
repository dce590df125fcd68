"""A certificate that nobody but the tests trusts, made when it is needed."""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files in PEM, for 127.0.0.1, localhost and names that are asked for."""

    chain: Path
    key: Path

    def client(self) -> ssl.SSLContext:
        """Trust it, and nothing else."""
        return ssl.create_default_context(cafile=str(self.chain))

    def server(self) -> ssl.SSLContext:
        """Serve with it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain, self.key)
        return context


def self_signed(directory: Path, *names: str) -> Certificate:
    """Make one that lasts a day."""
    made = Certificate(directory / "chain.pem", directory / "key.pem")
    named = ",".join(["IP:127.0.0.1", *(f"DNS:{name}" for name in ("localhost", *names))])
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "1", "-subj", "/CN=localhost"),
            *("-addext", f"subjectAltName={named}"),
            *("-out", str(made.chain), "-keyout", str(made.key)),
        ],
        check=True,
        capture_output=True,
    )
    return made
