"""What a deployer can set: the traits of `c.NbPresign`, and what is refused of it.

Each group has a module, with what is refused of it; here they become one class and one value.
"""

from __future__ import annotations

from traitlets.config import Configurable

from nb_presign.config.clouds import CloudsTraits
from nb_presign.config.guests import GuestsTraits
from nb_presign.config.keeping import KeepingTraits
from nb_presign.config.others import OthersTraits
from nb_presign.config.serving import ServingTraits
from nb_presign.config.wire_protocol import WireProtocolTraits
from nb_presign.entries import configured_route, mint_rule
from nb_presign.settings import Settings, data_dir


class NbPresign(
    ServingTraits,
    OthersTraits,
    GuestsTraits,
    KeepingTraits,
    CloudsTraits,
    WireProtocolTraits,
    Configurable,
):
    """Presigned URLs for notebook servers and sessions."""

    def settings(self, *, under_hub: bool = False) -> Settings:
        """Freeze the configuration."""
        own = data_dir()
        why_off = self._why_off(under_hub=under_hub)
        return Settings(
            server_name=self.server_name,
            store_url=self.store_url or f"sqlite:///{own / 'store.sqlite'}",
            data_dir=own,
            public_url=self.public_url,
            servers=self._servers(),
            hub=self._hub(),
            trusted_proxies=tuple(self.trusted_proxies),
            policy=self.policy,
            routes=tuple(map(configured_route, self.routes)),
            link_style=self.link_style,
            self_hosted=not why_off,
            why_off=why_off,
            required=self.required,
            keep_days=self.keep_days,
            keep_audit_days=self.keep_audit_days,
            aws_profiles=tuple(self.aws_profiles),
            aws_regions=tuple(self.aws_regions),
            aws_open_paths=self.aws_open_paths,
            aws_hosts=tuple(self.aws_hosts),
            mint_targets=tuple(map(mint_rule, self.mint_targets)),
            aws_api=self.aws_api,
            aws_api_region=self.aws_api_region,
        )
