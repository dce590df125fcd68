"""The countdown under a cell. Importing this imports anywidget; nothing else in nb_presign does."""

from __future__ import annotations

from nb_presign.widget.countdown import Countdown

__all__ = ["Countdown"]
