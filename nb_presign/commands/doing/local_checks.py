"""Looks at what stands on this machine: clock, authentication of the own server, signing keys."""

from __future__ import annotations

from nb_presign.clock import SystemClock
from nb_presign.commands.doing import storetime
from nb_presign.errors import PresignError
from nb_presign.model import Finding


async def check_locally() -> tuple[Finding, ...]:
    """Find out what is wrong here; makes neither store nor keys."""
    from nb_presign.bootstrap.user import load_settings  # noqa: PLC0415  # heavy, as is the next
    from nb_presign.offload import Offload  # noqa: PLC0415
    from nb_presign.own_server import locate  # noqa: PLC0415
    from nb_presign.signing.keys import KeyRing  # noqa: PLC0415

    settings = load_settings()
    key_file = settings.data_dir / "keys.json"
    offload = Offload(1)
    checks = [*await offload(storetime.compare, settings.store_url, SystemClock())]
    own = locate()
    if own is not None and not own.token:
        # It answered, and we had nothing to show for ourselves.
        checks.append(
            Finding(
                name="authentication",
                ok=False,
                message="this server lets everybody in: its token is empty",
                mend="Start it with a token or a password.",
            )
        )
    if not key_file.exists():
        offload.close()
        message = "not made yet: the first link makes them"
        return (*checks, Finding(name="keys", ok=True, message=message))
    try:
        keys = await offload(KeyRing(key_file).verifying_keys)
    except PresignError as error:
        return (*checks, failed("keys", error))
    finally:
        offload.close()
    return (*checks, Finding(name="keys", ok=True, message=f"can be read, {len(keys)} of them"))


def failed(name: str, error: PresignError) -> Finding:
    """Write an error as what was found."""
    return Finding(name=name, ok=False, message=error.message, mend=error.hint)
