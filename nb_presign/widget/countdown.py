"""The countdown widget: the kernel's half. The page's half is static/countdown.js.

Synced traits are saved in notebooks, so that they hold a `Face` and nothing else. The URL goes to
the page as a custom message, on request of a view in sight and again after each refresh; a cloud's
goes to one view only, once, since it may let nobody in a second time. A token for programs goes
there on a click only. No message of either side is saved.

Threads: the page's messages come in on the kernel's main thread, which may be computing; whatever
they ask for is started on the background loop, and what is sent later is sent from there. That is
safe in ipykernel (read in 7.4): `Session.send` gives the frames to a `BackgroundSocket`, which
queues them for the IOPub thread, as for a `print` in a thread. The page writes to no trait, so that
no two threads change one.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import traitlets

from nb_presign.errors import LinkExpiredError, PresignError
from nb_presign.live import LiveLink, LiveState, Snapshot
from nb_presign.secret import Secret
from nb_presign.widget.face import Face, describe, epoch_ms

_STATIC = Path(__file__).parent / "static"
#: What our JupyterLab extension reads where a saved widget has no kernel any more; said again in
#: labextension/src/savedcountdown.ts. Other front ends pass it over.
_SAVED_MIME_TYPE = "application/vnd.nb-presign.countdown+json"
#: Views in sight at once, and characters of their names; a page that asks for more is not ours.
_MAX_VIEWS = 100
_MAX_ID = 64
#: By live link, of which link of its chain a view has the URL; for all its widgets.
_given: weakref.WeakKeyDictionary[LiveLink, str] = weakref.WeakKeyDictionary()
_giving = threading.Lock()


def _with_now(face: dict[str, Any], widget: Countdown) -> dict[str, Any]:
    """Add the kernel's time at each sending, so that a reloaded page is not given an old one."""
    return {**face, "now": epoch_ms(widget.live.now)} if face else face


class Countdown(anywidget.AnyWidget):
    """Shows a live link: where it leads, what it allows and for how long, with buttons for it."""

    _esm: ClassVar[Path] = _STATIC / "countdown.js"
    _css: ClassVar[Path] = _STATIC / "countdown.css"

    #: See `Face`.
    face = traitlets.Dict().tag(sync=True, to_json=_with_now)

    def __init__(self, live: LiveLink) -> None:
        self.live = live
        #: Views in sight, which get each new URL. Changed on the main thread only.
        self._views: frozenset[str] = frozenset()
        super().__init__(face=Face.of(live.snapshot).json())
        self.on_msg(_hear)
        self._unlisten = live.listen(_weakly(self))

    def __repr__(self) -> str:
        return describe(self.live.snapshot.link)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:  # noqa: ANN401  # as IPython calls it
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        saved = {"version": 1, "target": self.face["target"]}
        # anywidget cuts its plain text at 110 characters.
        return {**data, _SAVED_MIME_TYPE: saved, "text/plain": repr(self)}, metadata

    def set_state(self, sync_data: object) -> None:
        """Pass over what a page writes to traits: pages ask by message, only the kernel tells."""
        del sync_data

    def close(self) -> None:
        """Close the comm, which takes all views away; the link stays as it is."""
        if self.comm is not None and hasattr(self, "_unlisten"):
            self._unlisten()
            for view in self._views:
                self.live.look(view, visible=False)
        super().close()

    def set_face(self, snapshot: Snapshot) -> None:
        """Send the page what changed; on the background loop."""
        before = self.face
        self.face = Face.of(snapshot).json()
        if snapshot.state is LiveState.REVOKED:
            self._tell("forget")
        elif before.get("id") != snapshot.link.id:
            for view in self._views:
                self._tell_url(view)

    def heard(self, content: Mapping[str, Any]) -> None:
        """Start what a view asks for and return at once; pass over what makes no sense."""
        view, click = content.get("view"), content.get("click")
        if not _is_id(view) or not _is_id(click):
            return
        wish = content.get("do")
        if wish == "look":
            self._look(str(view), str(click), visible=content.get("visible") is True)
        elif wish in {"open", "copy"}:
            self._start(self._mint(str(view), str(click)), str(view), str(click))
        elif wish == "token":
            self._start(self._take_token(str(view), str(click)), str(view), str(click))
        elif wish == "refresh":
            self._start(self.live.refresh(), str(view), str(click))
        elif wish == "revoke":
            self._start(self.live.revoke(), str(view), str(click))
        elif wish == "auto":
            self.live.set_auto(content.get("on") is True)

    def _look(self, view: str, click: str, *, visible: bool) -> None:
        if visible and len(self._views) >= _MAX_VIEWS:
            return
        self._views = self._views | {view} if visible else self._views - {view}
        self.live.look(view, visible=visible)
        if visible and not self._tell_url(view):
            # The page waits for something, to set its clock by.
            self._tell("heard", view=view, click=click)

    async def _mint(self, view: str, click: str) -> None:
        self._hand_out((await self.live.mint_click()).url, view, click)

    async def _take_token(self, view: str, click: str) -> None:
        """Hand out the token for programs, as long as it serves."""
        if self.live.now >= self.live.snapshot.link.good_until:
            raise LinkExpiredError("The token has expired.", hint="Refresh the link.")
        self._hand_out(self.live.snapshot.link.auth_token, view, click)

    def _hand_out(self, secret: Secret | None, view: str, click: str) -> None:
        if secret is not None:
            self._tell("secret", view=view, click=click, secret=secret.reveal())

    def _start(self, wish: Coroutine[Any, Any, object], view: str, click: str) -> None:
        async def fulfil() -> None:
            try:
                await wish
            except PresignError as error:
                self._tell("trouble", view=view, click=click, text=str(error))
            else:
                self._tell("done", view=view, click=click)

        self._tell("heard", view=view, click=click)
        self.live.start(fulfil())

    def _tell_url(self, view: str) -> bool:
        """Send a view the URL; tell whether it was for it to have."""
        link, revocable = self.live.snapshot.link, self.live.snapshot.revocable
        if not revocable and not _give(self.live, link.id):
            return False
        self._tell("url", view=view, id=link.id, url=link.url.reveal() if link.url else "")
        return True

    def _tell(self, what: str, **facts: str) -> None:
        """Send the page a message; it is not saved anywhere."""
        self.send({"tell": what, "now": epoch_ms(self.live.now), **facts})


def _give(live: LiveLink, link_id: str) -> bool:
    """Note that a view gets the URL; False where one has it, though that may be gone by now."""
    with _giving:
        if _given.get(live) == link_id:
            return False
        _given[live] = link_id
        return True


def _is_id(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _MAX_ID


def _hear(widget: Countdown, content: object, buffers: object) -> None:
    del buffers
    if isinstance(content, Mapping):
        widget.heard(content)


def _weakly(widget: Countdown) -> Callable[[Snapshot], None]:
    """Listen without keeping a widget alive that its notebook forgot."""
    reference = weakref.ref(widget)

    def listener(snapshot: Snapshot) -> None:
        found = reference()
        if found is not None:
            found.set_face(snapshot)

    return listener
