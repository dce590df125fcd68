"""The verbs that `%presign` and `jupyter presign` share: words → command → outcome → text or JSON.

`parse` reads, `verbs.run` does; showing is the front doors' business. Nothing heavy is imported
here: a verb loads what it needs when it runs.
"""

from __future__ import annotations

from nb_presign.commands.connections import Connections
from nb_presign.commands.words.parser import parse, split

__all__ = ["Connections", "parse", "split"]
