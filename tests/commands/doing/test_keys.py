"""`jupyter presign keys`: verbs in a group, and what is said of keys; never a key."""

from __future__ import annotations

import asyncio
import hashlib
import json
from datetime import datetime, timezone

import pytest

from nb_presign import cli
from nb_presign.commands import command
from nb_presign.commands.completion.completion import Completer
from nb_presign.commands.words.parser import parse, split
from nb_presign.errors import UsageError
from nb_presign.settings import data_dir
from nb_presign.signing import rotation
from nb_presign.signing.keys import KeyRing

NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=timezone.utc)


@pytest.fixture(autouse=True)
def path(tmp_path, monkeypatch):
    """The key file of a user who has none yet."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    found = data_dir() / "keys.json"
    assert found.is_relative_to(tmp_path)
    return found


@pytest.fixture
def run(capsys):
    """Run a command line to which no server answers."""

    async def connect(_):
        pytest.fail("a server was asked")

    def run(line):
        code = cli.main(split(line), connect=connect)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def secrets_of(path):
    return [key.reveal() for key in KeyRing(path).verifying_keys()]


class TestWords:
    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            ("keys list", command.ListKeys()),
            ("keys --json list -q", command.ListKeys(json=True, quiet=True)),
            ("--json keys rotate", command.RotateKeys(json=True)),
            ("keys retire 3f9a 77b0", command.RetireKeys(ids=("3f9a", "77b0"))),
            ("keys retire --all-but-newest", command.RetireKeys(all_but_newest=True)),
        ],
    )
    def test_a_group_and_its_verb_are_two_words(self, line, expected):
        assert parse(split(line)) == expected

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("keys", "'keys' takes list|rotate|retire. See 'jupyter presign keys --help'."),
            ("keys --json", "'keys' takes list|rotate|retire."),
            ("keys rotat", "'keys' has no verb 'rotat'. Did you mean 'rotate'?"),
            ("keys xyz", "Possible: list, rotate, retire."),
            ("key list", "Did you mean 'keys'?"),
            ("keys list 3f9a", "'keys list' takes no further words, not '3f9a' too."),
            ("keys rotate --server gpu", "'keys rotate' has no option '--server'."),
            ("keys retire --al-but-newest", "Did you mean '--all-but-newest'?"),
            ("keys retire", "'keys retire' takes either ids or --all-but-newest."),
            ("keys retire 3f9a --all-but-newest", "either ids or --all-but-newest"),
            ("keys list --all-but-newest", "'keys list' has no option '--all-but-newest'."),
            ("help keys rotat", "Did you mean 'rotate'?"),
            ("help list rotate", "Unknown verb 'rotate'."),
        ],
    )
    def test_what_is_wrong_is_said_with_the_next_step(self, line, said):
        with pytest.raises(UsageError) as error:
            parse(split(line))
        assert said in str(error.value)

    def test_a_target_of_that_name_can_be_minted(self):
        assert parse(["mint", "keys"]).request.target.id == "keys"

    @pytest.mark.parametrize("line", ["keys", "keys list", "keys retire x", "keys --help"])
    def test_the_magic_sends_people_to_a_terminal(self, line):
        with pytest.raises(UsageError, match="In a terminal: jupyter presign keys"):
            parse(split(line), prog="%presign")


class TestHelp:
    @pytest.mark.parametrize("line", ["help keys", "keys --help", "keys -h", "-h keys"])
    def test_of_the_group(self, line):
        text = parse(split(line)).text
        assert text.startswith("jupyter presign keys list|rotate|retire")
        assert all(f"\n  keys {name} " in text for name in ("list", "rotate", "retire"))
        assert "--server" not in text

    @pytest.mark.parametrize(
        "line", ["help keys retire", "keys retire --help", "keys -h retire", "keys retire x y -h"]
    )
    def test_of_one_verb(self, line):
        text = parse(split(line)).text
        assert text.startswith("jupyter presign keys retire [KEY-ID …] [options]\n")
        assert "--all-but-newest" in text

    @pytest.mark.parametrize(("prog", "named"), [("jupyter presign", True), ("%presign", False)])
    def test_only_the_command_line_names_the_group(self, prog, named):
        assert ("\n  keys " in parse(["help"], prog=prog).text) is named

    def test_the_examples_can_be_run(self):
        rows = parse(split("help keys")).text.splitlines()
        examples = [row.strip() for row in rows if row.startswith("  jupyter presign ")]
        assert len(examples) == 4
        for example in examples:
            assert isinstance(parse(split(example)[2:]), command.KeysCommand)


class TestTab:
    @pytest.fixture
    def tab(self, connections, clock):
        def tab(line, prog="jupyter presign"):
            completer = Completer(connections, prog=prog, clock=clock)
            return asyncio.run(completer.complete(line.split(" ")))

        return tab

    @pytest.mark.parametrize(
        ("line", "offered"),
        [
            ("key", ("keys",)),
            ("keys ", ("list", "rotate", "retire")),
            ("keys re", ("retire",)),
            ("keys -", ("--json", "--quiet", "--help")),
            ("keys list ", ()),
            ("keys frobnicate ", ()),
            ("keys retire --a", ("--all-but-newest",)),
            ("help keys ", ("list", "rotate", "retire")),
            ("help keys list ", ()),
            ("help list ", ()),
            ("keys retire ", ()),
        ],
    )
    def test_what_is_offered(self, tab, line, offered):
        assert tab(line) == offered

    def test_ids_of_keys_that_can_be_retired(self, tab, path, api):
        keys = [rotation.rotate(path, NOW)[-1].id for _ in range(3)]
        assert tab("keys retire ") == tuple(keys[:2])
        assert tab(f"keys retire {keys[0]} {keys[1][:4]}") == (keys[1],)
        assert api.calls == []

    def test_a_damaged_file_offers_nothing(self, tab, path):
        path.parent.mkdir(parents=True)
        path.write_text("garbage")
        path.chmod(0o600)
        assert tab("keys retire ") == ()

    def test_the_magic_offers_none_of_it(self, tab):
        assert tab("key", "%presign") == tab("help key", "%presign") == ()
        assert tab("help keys ", "%presign") == ()


class TestList:
    def test_where_there_are_none_none_is_made(self, run, path):
        assert run("keys list") == (0, "No signing keys yet: the first link makes one.\n", "")
        assert run("keys list --json") == (0, "[]\n", "")
        assert run("keys list -q") == (0, "", "")
        assert not path.parent.exists()

    def test_ids_and_times(self, run, path):
        keys = [rotation.rotate(path, NOW)[-1] for _ in range(2)]
        code, out, err = run("keys list --json")
        assert (code, err) == (0, "")
        assert json.loads(out) == [
            {
                "id": hashlib.sha256(keys[0].secret.reveal().encode()).hexdigest()[:12],
                "created_at": "2030-01-02T03:04:05Z",
                "replaced_at": "2030-01-02T03:04:05Z",
                "signs": False,
            },
            {
                "id": keys[1].id,
                "created_at": "2030-01-02T03:04:05Z",
                "replaced_at": None,
                "signs": True,
            },
        ]
        assert run("keys list -q")[1].split() == [key.id for key in keys]

    def test_a_file_that_does_not_say_when(self, run, path):
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"keys": ["a" * 43, "b" * 43]}))
        path.chmod(0o600)
        rows = [line.split() for line in run("keys list")[1].splitlines()]
        assert [row[1:] for row in rows[1:]] == [["unknown", "no"], ["unknown", "yes"]]
        assert json.loads(run("keys list --json")[1])[0]["created_at"] is None

    def test_a_file_that_others_can_read(self, run, path):
        rotation.rotate(path, NOW)
        path.chmod(0o644)
        code, out, err = run("keys list")
        assert (code, out) == (7, "")
        assert f"chmod 600 {path}" in err

    def test_a_configuration_that_cannot_be_read_is_in_nobodys_way(self, run, path):
        (path.parents[1] / "config").mkdir()
        broken = path.parents[1] / "config" / "jupyter_server_config.py"
        broken.write_text("c.NbPresign.server_name = 'a b'\n")
        assert run("keys rotate")[0] == 0


class TestRotate:
    def test_what_to_do_next(self, run, path):
        code, out, err = run("keys rotate")
        assert (code, err) == (0, "")
        assert "need no restart" in out
        assert "retire" not in out  # there is nothing older
        out = run("keys rotate")[1]
        assert "Links of older keys still open." in out
        assert "at most 1 d" in out
        assert "jupyter presign keys retire --all-but-newest" in out
        assert len(secrets_of(path)) == 2

    def test_quiet_and_json_tell_of_the_new_key(self, run, path):
        run("keys rotate")
        new = run("keys rotate -q")[1].strip()
        assert new == rotation.keys_of(path)[-1].id
        (told,) = json.loads(run("keys rotate --json")[1])
        assert (told["id"], told["signs"]) == (rotation.keys_of(path)[-1].id, True)


class TestRetire:
    @pytest.fixture
    def ids(self, path):
        times = [NOW.replace(hour=hour) for hour in (3, 4, 5)]
        return [rotation.rotate(path, time)[-1].id for time in times]

    def left(self, path):
        return [key.id for key in rotation.keys_of(path)]

    def test_all_but_the_newest(self, run, path, ids):
        code, out, err = run("keys retire --all-but-newest")
        assert (code, err) == (0, "")
        assert self.left(path) == ids[2:]
        assert "minted until 2030-01-02 05:04:05 UTC no longer open" in out
        assert "Guests' sessions go on" in out
        assert run("keys retire --all-but-newest")[:2] == (
            0,
            "There was no key to retire: the newest signs new links.\n",
        )

    def test_one_by_the_beginning_of_its_id(self, run, path, ids):
        assert run(f"keys retire {ids[0][:8]}")[0] == 0
        assert self.left(path) == ids[1:]

    def test_one_in_between(self, run, path, ids):
        code, out, _ = run(f"keys retire {ids[1]}")
        assert code == 0
        assert "Links that were signed with them no longer open" in out
        assert "minted until" not in out
        assert self.left(path) == [ids[0], ids[2]]

    @pytest.mark.parametrize(
        ("asked", "code", "said"),
        [
            ([2], 4, "jupyter presign keys rotate"),
            ([0, 2], 4, "jupyter presign keys rotate"),
            (["xyz"], 3, "See 'jupyter presign keys list'."),
            ([0, "xyz"], 3, "There is no signing key 'xyz'."),
            ([""], 3, "There is no signing key"),
        ],
    )
    def test_what_cannot_be_retired(self, run, path, ids, asked, code, said):
        words = [ids[one] if isinstance(one, int) else one or "''" for one in asked]
        got, out, err = run(f"keys retire {' '.join(words)}")
        assert (got, out) == (code, "")
        assert said in err
        assert self.left(path) == ids

    def test_an_error_for_machines(self, run, ids):
        code, out, err = run(f"keys retire {ids[2]} --json")
        assert (code, out) == (4, "")
        assert json.loads(err)["code"] == "conflict"

    def test_where_there_is_no_file(self, run, path):
        code, _, err = run("keys retire --all-but-newest")
        assert (code, "There are no signing keys yet." in err) == (3, True)
        assert not path.parent.exists()


def test_no_output_holds_a_key(run, path):
    said = ""
    kept = []
    for line in ("rotate", "rotate", "rotate --json", "list", "list --json", "list -q"):
        said += "".join(map(str, run(f"keys {line}")))
        kept += secrets_of(path)
    for line in ("retire xyz", "retire --all-but-newest --json", "retire --all-but-newest"):
        said += "".join(map(str, run(f"keys {line}")))
    path.write_text(json.dumps({"keys": kept[:1], "damaged": True}))
    said += "".join(map(str, run("keys list")))
    assert len(set(kept)) == 3
    assert not [key for key in kept if key in said]
