"""The values everything else speaks in: frozen, and impossible to make with bad data.

Times are aware UTC, durations whole seconds. A `Link` and a `Session` never change; the store hands
out new ones.
"""

from nb_presign.model.access_key import (
    ACCESS_KEY,
    AccessKey,
    is_access_key_id,
    new_access_key_id,
    new_secret_access_key,
)
from nb_presign.model.folder import Folder, FolderItem, FolderItemKind
from nb_presign.model.grant import Actor, Narrowing, Permission, Scope
from nb_presign.model.link import MAX_NOTE, Link, LinkState, MintRequest, check_note, is_id, new_id
from nb_presign.model.listing import (
    Finding,
    ProviderInfo,
    ServerInfo,
    TargetInfo,
    TargetPage,
    TargetQuery,
    TargetState,
)
from nb_presign.model.session import Session, SessionState
from nb_presign.model.target import (
    MAX_BYTES,
    MAX_PART,
    SECRET_OPTIONS,
    BareTarget,
    Target,
    check_name,
    check_options,
    check_path,
    check_size,
)

__all__ = [
    "ACCESS_KEY",
    "MAX_BYTES",
    "MAX_NOTE",
    "MAX_PART",
    "SECRET_OPTIONS",
    "AccessKey",
    "Actor",
    "BareTarget",
    "Finding",
    "Folder",
    "FolderItem",
    "FolderItemKind",
    "Link",
    "LinkState",
    "MintRequest",
    "Narrowing",
    "Permission",
    "ProviderInfo",
    "Scope",
    "ServerInfo",
    "Session",
    "SessionState",
    "Target",
    "TargetInfo",
    "TargetPage",
    "TargetQuery",
    "TargetState",
    "check_name",
    "check_note",
    "check_options",
    "check_path",
    "check_size",
    "is_access_key_id",
    "is_id",
    "new_access_key_id",
    "new_id",
    "new_secret_access_key",
]
