"""An error answer of AWS's, and what of it may be shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from nb_presign.aws.calls.call import Call
from nb_presign.errors import PresignError

#: Characters of AWS's own message that are shown.
SHOWN = 300
#: Characters of it that are read at all.
READ = 4000


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error answer."""

    call: Call
    code: str
    #: As AWS wrote it; only `said` of it is shown.
    message: str
    status: int
    #: With lower-case names.
    headers: Mapping[str, str]
    now: datetime
    #: Where the credentials came from; see `Credentials.method`.
    method: str = ""

    def make(
        self, cls: type[PresignError], message: str, hint: str = "", **fields: object
    ) -> PresignError:
        """Make an error that carries which call it was and what AWS called it."""
        known = {**self.call.fields(), "aws_code": self.code, **fields}
        error = cls(message, hint=hint)
        error.fields = known
        return error

    @property
    def reason(self) -> str:
        """The code, less what services put around it: `Client.`, `com.amazon…#`, `Exception`."""
        name = self.code.rpartition("#")[2].partition(":")[0].removeprefix("Client.")
        return name.removesuffix("Exception").removesuffix("Error")

    @property
    def words(self) -> str:
        """What AWS wrote, as the end of a sentence."""
        return f": {self.said.rstrip('.')}." if self.said else "."

    @property
    def said(self) -> str:
        """What AWS wrote, less what could be a secret, a page or a novel."""
        if "<" in self.message:
            return ""
        text = _SECRETIVE.sub(_without, " ".join(self.message.split()))
        return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"

    @property
    def skew(self) -> timedelta | None:
        """How far this machine's clock is ahead of AWS's; None where AWS sent no date."""
        try:
            return self.now - parsedate_to_datetime(self.headers.get("date", ""))
        except (TypeError, ValueError):
            return None


#: ARNs, which are none; URLs, whatever stands behind `authToken=`, `X-Amz-Security-Token:` and
#: their like, and long runs as keys and tokens are, in the alphabet of URLs too.
_SECRETIVE = re.compile(
    r"(?P<arn>\barn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:\d*:[\w:/.@+-]+)"
    r"|https?://\S+"
    r"|(?i:(?:token|signature|credential)[\w-]{0,40})[\"']?\s*[=:]\s*\S+"
    r"|(?<![\w+/-])(?=[\w+/=-]*?[\w+/=]{40})[\w+/=-]+"
)


def _without(found: re.Match[str]) -> str:
    return found["arn"] or "…"
