"""`jupyter presign aws-keys`: secrets on standard output, once, and nowhere else."""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
import sys

import boto3
import pytest
from support.values import a_link, a_redemption

from nb_presign import cli
from nb_presign.bootstrap import kept_access_keys
from nb_presign.clock import SystemClock
from nb_presign.commands import command
from nb_presign.commands.completion.completion import Completer
from nb_presign.commands.doing.configured import read_settings
from nb_presign.commands.doing.endpoint import find_endpoint
from nb_presign.commands.words.parser import parse, split
from nb_presign.errors import UsageError
from nb_presign.model import ACCESS_KEY, Actor, Scope, Target
from nb_presign.policy.actions import OPERATIONS
from nb_presign.providers.running import running_servers
from nb_presign.signing import rotation

ON = "c.NbPresign.aws_api = True\n"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "athena:*", "Resource": "*"}],
}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A user who has no keys, no store, no configuration and no servers."""
    for name in ("DATA", "CONFIG", "RUNTIME"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(f"JUPYTER_{name}_DIR", str(tmp_path / name))
    return tmp_path


@pytest.fixture
def configure(home):
    def configure(text):
        (home / "CONFIG" / "jupyter_server_config.py").write_text(text)

    return configure


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


@pytest.fixture
def create(run):
    def create(more=""):
        code, out, _ = run(f"aws-keys create --json {more}")
        assert code == 0
        return json.loads(out)

    return create


@pytest.fixture
def keys(home):  # noqa: ARG001  # whose they are
    with kept_access_keys(read_settings(), SystemClock()) as keys:
        yield keys


def start(home, port=8888, **facts):
    """Write the runtime file of a server, which is this process."""
    file = home / "RUNTIME" / f"jpserver-{port}.json"
    url = f"http://localhost:{port}/"
    known = {"url": url, "pid": os.getpid(), "port": port, "root_dir": "/srv/my_work"}
    file.touch(mode=0o600)
    file.write_text(json.dumps({**known, **facts}))


def found(keys, made):
    return asyncio.run(keys.find(made["access_key_id"]))


class TestWords:
    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            ("aws-keys create", command.CreateAccessKey()),
            (
                "aws-keys create --policy - --scope full --note n --url https://h/ -q",
                command.CreateAccessKey(
                    policy="-", scope=Scope.FULL, note="n", url="https://h/", quiet=True
                ),
            ),
            ("aws-keys list --all --json", command.ListAccessKeys(everything=True, json=True)),
            ("aws-keys revoke NBPKA NBPKB", command.RevokeAccessKeys(ids=("NBPKA", "NBPKB"))),
        ],
    )
    def test_a_group_and_its_verb(self, line, expected):
        assert parse(split(line)) == expected

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("aws-keys", "'aws-keys' takes create|list|revoke."),
            ("aws-keys creat", "Did you mean 'create'?"),
            ("aws-keys create --polcy x", "Did you mean '--policy'?"),
            ("aws-keys create x", "takes no further words"),
            ("aws-keys revoke", "'aws-keys revoke' takes ACCESS-KEY-ID [ACCESS-KEY-ID …]."),
            ("aws-keys list --server gpu", "has no option '--server'"),
        ],
    )
    def test_what_is_wrong_is_said_with_the_next_step(self, line, said):
        with pytest.raises(UsageError) as error:
            parse(split(line))
        assert said in str(error.value)

    def test_the_magic_sends_people_to_a_terminal(self):
        with pytest.raises(UsageError, match="In a terminal: jupyter presign aws-keys create"):
            parse(split("aws-keys create"), prog="%presign")

    def test_the_examples_can_be_run(self):
        rows = parse(split("help aws-keys")).text.splitlines()
        examples = [row.strip() for row in rows if row.startswith("  jupyter presign ")]
        assert len(examples) == 4
        for example in examples:
            assert isinstance(parse(split(example)[2:]), command.AwsKeysCommand)


class TestCreate:
    def test_for_machines(self, create, keys, configure):
        configure(ON + "c.NbPresign.aws_api_region = 'eu-central-1'\n")
        made = create("--note 'for CI' --url https://h.example/base")
        key, secret = found(keys, made)
        assert made == {
            "access_key_id": key.id,
            "secret_access_key": secret.reveal(),
            "endpoint_url": "https://h.example/base/nb-presign/aws",
            "region": "eu-central-1",
            "scope": "read",
            "policy": json.loads(key.policy),
            "note": "for CI",
            "created_at": made["created_at"],
            "revoked_at": None,
        }
        assert made["policy"]["Statement"][0]["Action"] == list(OPERATIONS)

    def test_quiet_leaves_id_and_secret(self, run, keys):
        code, out, err = run("aws-keys create -q")
        key_id, secret = out.splitlines()
        assert code == 0
        assert asyncio.run(keys.find(key_id))[1].reveal() == secret
        assert secret not in err

    def test_the_secret_stands_in_the_output_once(self, run, configure):
        configure(ON)
        _, out, err = run("aws-keys create --url https://h.example/")
        line = next(row for row in out.splitlines() if "SECRET_ACCESS_KEY=" in row)
        secret = line.partition("=")[2]
        assert (len(secret), out.count(secret), err.count(secret)) == (40, 1, 0)
        assert f"the {len(OPERATIONS)} operations" in err
        assert "scope    read: look, run nothing, change nothing" in err
        for name in ("boto3", "AWS CLI", "JavaScript", "Dart", ".NET"):
            assert f"\n# {name}" in out
        assert out.count("https://h.example/nb-presign/aws") == 5

    def test_in_a_terminal_it_is_said_that_it_is_shown_once(self, run, monkeypatch):
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
        assert "shown this once" in run("aws-keys create")[2]

    def test_a_policy_from_a_file_from_standard_input_and_as_it_is(self, create, home, monkeypatch):
        (home / "p.json").write_text(json.dumps(POLICY, indent=4))
        monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(POLICY)))
        for given in (str(home / "p.json"), "-", f"'{json.dumps(POLICY)}'"):
            assert create(f"--policy {given}")["policy"] == POLICY

    @pytest.mark.parametrize(
        ("more", "said"),
        [
            ("--policy nowhere.json", "cannot be read from 'nowhere.json' (FileNotFoundError)"),
            ("--policy '{'", "is not JSON"),
            (
                """--policy '{"Statement":{"Effect":"Deny","Action":"athena:GetSesion",\
                "Resource":"*"}}'""",
                "Did you mean 'athena:GetSession'?",
            ),
            ("--scope exec", "Did you mean 'execute'?"),
            ("--url h.example", "an http or https address"),
            ("--url https://h/?a=b", "Write it like https://"),
        ],
    )
    def test_bad_input_makes_nothing(self, run, keys, more, said):
        code, out, err = run(f"aws-keys create {more}")
        assert (code, out) == (2, "")
        assert said in err
        assert asyncio.run(keys.all()) == ()

    def test_a_configuration_that_is_not_valid(self, run, configure):
        configure("c.NbPresign.server_name = 'a b'\n")
        code, out, err = run("aws-keys create")
        assert (code, out) == (2, "")
        assert "NbPresign.server_name" in err

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "write c.NbPresign.aws_api = True into jupyter_server_config.py"),
            ("c.NbPresign.self_hosted = False\n", "serves no links of its own"),
        ],
    )
    def test_what_keeps_it_from_working_is_said(self, run, configure, text, said):
        configure(text)
        assert said in run("aws-keys create")[2]
        configure(ON)
        assert said not in run("aws-keys create")[2]


class TestEndpoint:
    def found(self, url=""):
        return find_endpoint(url, read_settings(), running_servers())

    def test_an_address_that_is_given_goes_first(self, configure, home):
        configure("c.NbPresign.public_url = 'https://public/'\nc.NbPresign.server_name = 'a_b'\n")
        start(home)
        for given in ("https://h/b", "https://h/b/", "https://h/b/nb-presign/aws"):
            assert self.found(given).url == "https://h/b/nb-presign/aws"
        there = self.found()
        assert (there.url, there.instance) == ("https://public/nb-presign/aws", "a-b-648fa9")

    def test_the_one_server_that_runs(self, home):
        start(home, 9001)
        start(home, 9002, sock="/tmp/x.sock")  # noqa: S108  # nobody listens there
        there = self.found()
        assert there.url == "http://localhost:9001/nb-presign/aws"
        assert (there.instance, there.note) == ("my-work-17183a", "")

    def test_of_several_none_is_guessed(self, home):
        start(home, 9001)
        start(home, 9002)
        there = self.found()
        assert there.url == "https://SERVER/nb-presign/aws"
        assert "http://localhost:9001/ or http://localhost:9002/" in there.note

    def test_without_a_server(self):
        assert "add --url URL" in self.found().note


class TestLines:
    """What is printed is what works."""

    @pytest.fixture
    def printed(self, run, configure):
        configure("c.NbPresign.server_name = 'it'\n")
        return run("""aws-keys create --url 'http://127.0.0.1:9/a$b'"$"'/'""")[1]

    def section(self, printed, name):
        start = printed.index(f"# {name}")
        return printed[start : printed.find("\n\n", start)].partition("\n")[2]

    def test_boto3(self, printed, monkeypatch):
        """The lines run, with another client that keeps what it is asked instead of sending it."""
        asked = {}

        class Client:
            def create_presigned_notebook_instance_url(self, **given):
                asked.update(given)
                return {"AuthorizedUrl": "https://made"}

        def client(service, **given):
            asked.update(given, service=service)
            return Client()

        monkeypatch.setattr(boto3, "client", client)
        exec(self.section(printed, "boto3"), {})  # noqa: S102  # that is what is tested
        assert asked == {
            "service": "sagemaker",
            "endpoint_url": "http://127.0.0.1:9/a$b$/nb-presign/aws",
            "region_name": "us-east-1",
            "NotebookInstanceName": "it",
        }

    def test_a_shell_reads_the_command_as_it_is_meant(self, printed):
        script = f"aws() {{ printf '%s\\n' \"$@\"; }}\n{self.section(printed, 'AWS CLI')}"
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
        service, operation, *given = done.stdout.splitlines()
        assert (service, operation) == ("sagemaker", "create-presigned-notebook-instance-url")
        assert dict(zip(given[::2], given[1::2], strict=True)) == {
            "--notebook-instance-name": "it",
            "--endpoint-url": "http://127.0.0.1:9/a$b$/nb-presign/aws",
            "--region": "us-east-1",
        }

    def test_dart_is_given_no_variable(self, printed):
        assert r'"http://127.0.0.1:9/a\$b\$/nb-presign/aws"' in self.section(printed, "Dart")


class TestList:
    def test_where_there_are_none_no_store_is_made(self, run, home):
        assert run("aws-keys list") == (0, "No access keys.\n", "")
        assert run("aws-keys list --json") == (0, "[]\n", "")
        assert run("aws-keys revoke NBPK")[0] == 3
        assert list((home / "DATA").iterdir()) == []

    def test_those_that_are_good_and_all(self, run, create):
        first, second = create("--note one"), create("--scope full")
        run(f"aws-keys revoke {first['access_key_id']}")
        assert run("aws-keys list -q")[1].split() == [second["access_key_id"]]
        rows = run("aws-keys list --all")[1].splitlines()
        assert rows[0].split() == ["id", "made", "scope", "state", "note"]
        assert [row.split()[0] for row in rows[1:]] == [
            second["access_key_id"],
            first["access_key_id"],
        ]
        assert "full" in rows[1]
        assert "good" in rows[1]
        assert "revoked" in rows[2]
        assert rows[2].endswith("one")

    def test_for_machines_with_policies_and_without_secrets(self, run, create):
        made = create()
        (told,) = json.loads(run("aws-keys list --json")[1])
        secret = made.pop("secret_access_key")
        del made["endpoint_url"], made["region"]
        assert told == made
        assert secret not in run("aws-keys list --all")[1]


class TestRevoke:
    @pytest.fixture
    def minted(self, keys, clock):
        """Mint with a key, and let a guest in."""
        del clock

        def minted(made, **facts):
            by = Actor(made["access_key_id"], ACCESS_KEY)
            now = keys.clock.now()
            link = keys.store.add_link(a_link(now, minted_by=str(by), **facts), by)
            keys.store.redeem(a_redemption(link, now))
            return link

        return minted

    def test_what_has_ended_is_counted(self, run, create, minted, keys):
        made, other = create(), create()
        links = [minted(made) for _ in range(2)]
        spared = minted(other)
        code, out, err = run(f"aws-keys revoke {made['access_key_id']} --json")
        assert (code, err) == (0, "")
        (told,) = json.loads(out)
        assert (told["access_key_id"], told["links_ended"], told["sessions_ended"]) == (
            made["access_key_id"],
            2,
            2,
        )
        assert told["revoked_at"]
        assert all(keys.store.link(link.id).revoked_at for link in links)
        assert keys.store.link(spared.id).revoked_at is None
        assert found(keys, made) is None
        assert found(keys, other) is not None

    def test_for_people(self, run, create, minted):
        made = create()
        minted(made)
        out = run(f"aws-keys revoke {made['access_key_id']}")[1].splitlines()
        assert "links ended  sessions ended" in out[0]
        assert "revoked 0 s ago" in out[1]
        assert out[1].split()[-2:] == ["1", "1"]

    def test_abbreviated_in_any_case_and_several(self, run, create):
        ids = [create()["access_key_id"] for _ in range(3)]
        given = [ids[0][:12].lower(), ids[1][4:12], ids[0]]
        code, out, _ = run(f"aws-keys revoke -q {' '.join(given)}")
        assert (code, out.split()) == (0, ids[:2])

    @pytest.mark.parametrize(
        ("given", "code", "said"), [("NBPK", 2, "2 access keys begin"), ("9x", 3, "no access key")]
    )
    def test_of_what_cannot_be_told_apart_nothing_ends(self, run, create, keys, given, code, said):
        made = [create() for _ in range(2)]
        got, out, err = run(f"aws-keys revoke {made[0]['access_key_id']} {given}")
        assert (got, out) == (code, "")
        assert said in err
        assert all(found(keys, one) for one in made)

    def test_a_server_that_cannot_be_told_is(self, run, create, minted, keys, configure):
        """The key is at its end all the same, and what is left to do is said."""
        configure("c.NbPresign.servers = {'gpu': {'url': 'http://127.0.0.1:9/', 'token_env': 'T'}}")
        made = create()
        away = minted(made, target=Target("jupyter", "gpu", "lab"), audience="srv_f")
        minted(made)
        code, out, err = run(f"aws-keys revoke {made['access_key_id']}")
        assert code == 6
        assert out.splitlines()[1].split()[-2:] == ["2", "2"]
        assert f"The link {away.id} is revoked here, but 'gpu' could not be told" in err
        assert f"jupyter presign revoke {away.id}" in err
        assert found(keys, made) is None


class TestTab:
    @pytest.fixture
    def tab(self, connections, clock):
        def tab(line):
            completer = Completer(connections, prog="jupyter presign", clock=clock)
            return asyncio.run(completer.complete(line.split(" ")))

        return tab

    @pytest.mark.parametrize(
        ("line", "offered"),
        [
            ("aws", ("aws-keys",)),
            ("aws-keys ", ("create", "list", "revoke")),
            ("aws-keys create --p", ("--policy",)),
            ("aws-keys create --scope ", ("read", "execute", "full")),
            ("aws-keys revoke ", ()),
        ],
    )
    def test_what_is_offered(self, tab, line, offered, home):
        assert tab(line) == offered
        assert list((home / "DATA").iterdir()) == []

    def test_ids_of_keys_that_can_be_revoked(self, tab, run, create, api):
        first, second = (create()["access_key_id"] for _ in range(2))
        run(f"aws-keys revoke {first}")
        assert tab("aws-keys revoke ") == (second,)
        assert tab("aws-keys revoke NBPK") == (second,)
        assert api.calls == []


class TestRetiring:
    """Access keys outlive the signing key that they are encrypted with."""

    def test_they_go_on(self, run, create, keys):
        made = create()
        assert run("keys rotate")[0] == 0
        later = create()
        code, out, _ = run("keys retire --all-but-newest")
        assert code == 0
        assert "Access keys go on." in out
        assert "jupyter presign aws-keys list" in out
        for one in (made, later):
            assert found(keys, one)[1].reveal() == one["secret_access_key"]

    def test_where_there_are_none_nothing_is_said_and_no_store_made(self, run, home):
        run("keys rotate")
        run("keys rotate")
        assert "ccess keys" not in run("keys retire --all-but-newest")[1]
        files = {file.name for file in (home / "DATA" / "nb_presign").iterdir()}
        assert files == {"keys.json", "keys.json.lock"}

    @pytest.mark.parametrize("broken", ["configuration", "store"])
    def test_a_key_is_retired_whatever_is_broken(self, run, create, configure, home, broken):
        create()
        run("keys rotate")
        if broken == "store":
            for file in (home / "DATA" / "nb_presign").glob("store.sqlite*"):
                file.write_bytes(b"x" * 8192)
        else:
            configure("c.NbPresign.server_name = 'a b'\n")
        code, out, _ = run("keys retire --all-but-newest")
        assert code == 0
        assert "Secrets of access keys could not be saved:" in out
        assert "jupyter presign aws-keys create" in out
        assert len(rotation.keys_of(home / "DATA" / "nb_presign" / "keys.json")) == 1
