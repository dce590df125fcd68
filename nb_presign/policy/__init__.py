"""Pure rules: what may be asked for, when to refresh, and who is let in from where.

bounds       what a provider grants
addresses    addresses and blocks
patterns, conditions, document, reading: policy documents of IAM's kind, whatever they are about
connecting   guests' requests in their words
"""

from nb_presign.policy.addresses import (
    MAX_ADDRESSES,
    address_allowed,
    normalize_addresses,
    parse_address,
    source_of,
)
from nb_presign.policy.bounds import (
    INTERACTIVE_SECONDS,
    MAX_USES,
    SELF_HOSTED,
    Bounds,
    Range,
    Terms,
    agree,
    refresh_after,
)
from nb_presign.policy.connecting import NO_POLICY, ConnectPolicy, Visit
from nb_presign.policy.document import Decision, Document, Effect, Request, Statement

__all__ = [
    "INTERACTIVE_SECONDS",
    "MAX_ADDRESSES",
    "MAX_USES",
    "NO_POLICY",
    "SELF_HOSTED",
    "Bounds",
    "ConnectPolicy",
    "Decision",
    "Document",
    "Effect",
    "Range",
    "Request",
    "Statement",
    "Terms",
    "Visit",
    "address_allowed",
    "agree",
    "normalize_addresses",
    "parse_address",
    "refresh_after",
    "source_of",
]
