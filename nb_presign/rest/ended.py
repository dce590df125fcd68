"""`ended`: the page that a guest meets when the session is over."""

from __future__ import annotations

from jupyter_server.auth.decorator import allow_unauthenticated

from nb_presign.access.entry.ending import ELSEWHERE
from nb_presign.access.identity import SETTING
from nb_presign.access.marks import is_over
from nb_presign.model import SessionState
from nb_presign.rest.endpoint import Answering
from nb_presign.rest.page import fill, load

_TITLE = "Your guest session has ended"
_SAVED = "Nothing was lost that had been saved."
#: Title and words by the reason.
_TEXTS = {
    str(SessionState.ENDED): (_TITLE, f"The owner of this server has ended it. {_SAVED}"),
    str(SessionState.EXPIRED): (_TITLE, f"Its time is over. {_SAVED}"),
    ELSEWHERE: (
        "You are not let in from here",
        "The session is held to another address or time; where it is allowed, it goes on.",
    ),
}


class EndedEndpoint(Answering):
    """Says what happened and how to go on; the same for everybody who asks the same way."""

    for_guests = True

    @allow_unauthenticated
    def get(self) -> None:
        why = self.get_query_argument("why", "")
        title, words = _TEXTS.get(why, (_TITLE, _SAVED))
        page = load("ended")
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Content-Security-Policy", page.policy)
        if is_over(self):
            # So that nobody is led here again.
            self.settings[SETTING].cookie.clear(self)
        self.finish(fill(page, title=title, why=words, login=f"{self.base_url}login"))

    @allow_unauthenticated
    def head(self) -> None:
        self.get()
