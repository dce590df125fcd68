"""The JSON of REST and of `--json`: strict types, the one place where values turn into dicts.

Times are ISO-8601 in UTC, durations whole seconds. Unknown fields are refused on the way in, and
passed over in what a newer server answers.
"""

from nb_presign.wire.codec import T, builtins, decode, encode
from nb_presign.wire.fields import Instant, NarrowingOut, Reference, Seconds
from nb_presign.wire.links import LinkOut, MintBody
from nb_presign.wire.listings import (
    FindingOut,
    FolderItemOut,
    FolderOut,
    ProviderOut,
    ServerOut,
    TargetBody,
    TargetOut,
    TargetPageOut,
)
from nb_presign.wire.refusal import ErrorOut
from nb_presign.wire.sessions import RedeemBody, RedeemOut, SessionOut

__all__ = [
    "ErrorOut",
    "FindingOut",
    "FolderItemOut",
    "FolderOut",
    "Instant",
    "LinkOut",
    "MintBody",
    "NarrowingOut",
    "ProviderOut",
    "RedeemBody",
    "RedeemOut",
    "Reference",
    "Seconds",
    "ServerOut",
    "SessionOut",
    "T",
    "TargetBody",
    "TargetOut",
    "TargetPageOut",
    "builtins",
    "decode",
    "encode",
]
