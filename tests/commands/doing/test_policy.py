"""`jupyter presign policy check`: the decision, the statement that made it, and an exit code."""

from __future__ import annotations

import json

import pytest

from nb_presign import cli
from nb_presign.commands.words.parser import parse, split
from nb_presign.errors import UsageError

ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}
OFFICE = {
    **ALLOW,
    "Sid": "OnlyOffice",
    "Effect": "Deny",
    "Condition": {"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]}},
}
DOCUMENT = {"Version": "2012-10-17", "Statement": [ALLOW, OFFICE]}


@pytest.fixture(autouse=True)
def config_dir(tmp_path, monkeypatch):
    """The configuration of a user who has none yet."""
    found = tmp_path / "config"
    found.mkdir()
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_CONFIG_PATH"):
        monkeypatch.setenv(name, str(found))
    monkeypatch.setenv("JUPYTER_NO_CONFIG", "")
    monkeypatch.chdir(tmp_path)
    return found


@pytest.fixture
def run(capsys):
    """Run a command line to which no server answers."""

    async def connect(_):
        pytest.fail("a server was asked")

    def run(line):
        code = cli.main(split(f"policy check {line}"), connect=connect)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


@pytest.fixture
def file(tmp_path):
    def file(*statements):
        path = tmp_path / "draft.json"
        path.write_text(json.dumps({"Statement": list(statements)}))
        return path

    return file


def configure(config_dir, policy, **more):
    settings = {"NbPresign": {"policy": policy, **more}}
    (config_dir / "jupyter_server_config.json").write_text(json.dumps(settings))


def test_an_allowed_request(run, file):
    code, out, err = run(f"--file {file(ALLOW, OFFICE)} --ip 203.0.113.7")
    assert (code, err) == (0, "")
    assert "Allowed: statement 1 allows it." in out
    (deny,) = (line for line in out.splitlines() if "OnlyOffice" in line)
    assert deny.split()[:4] == ["2", "(OnlyOffice)", "Deny", "no"]
    assert "which is 203.0.113.7" in deny


def test_a_denied_one_says_which_statement_and_why(run, file):
    code, out, _ = run(f"--file {file(ALLOW, OFFICE)} --ip 198.51.100.7")
    assert code == 1
    assert "Denied: statement 2 (OnlyOffice) denies it." in out
    assert "NotIpAddress aws:SourceIp 203.0.113.0/24 or 2001:db8::/32" in out
    assert "arn:nb-presign:jupyter:::server/" in out


def test_an_unknown_address(run, file):
    code, out, _ = run(f"--file {file(ALLOW, OFFICE)}")
    assert code == 1
    assert "the address cannot be told" in out


def test_json_has_every_statement(run, file):
    code, out, _ = run(f"--file {file(ALLOW, OFFICE)} --ip 198.51.100.7 --json")
    found = json.loads(out)
    assert (code, found["allowed"]) == (1, False)
    assert [each["applies"] for each in found["statements"]] == [True, True]
    assert found["asked"]["aws:SourceIp"] == "198.51.100.7"
    assert found["asked"]["action"] == "sagemaker:CreatePresignedNotebookInstanceUrl"


@pytest.mark.parametrize(("ip", "expected"), [("2001:db8::9", "allowed"), ("::1", "denied")])
def test_quietly(run, file, ip, expected):
    assert run(f"--file {file(ALLOW, OFFICE)} --ip {ip} -q")[1] == f"{expected}\n"


@pytest.mark.parametrize(
    ("condition", "options", "allowed"),
    [
        ({"StringEquals": {"nb-presign:Scope": "read"}}, "", True),
        ({"StringEquals": {"nb-presign:Scope": "read"}}, "--scope full", False),
        ({"Bool": {"aws:SecureTransport": "true"}}, "", True),
        ({"Bool": {"aws:SecureTransport": "true"}}, "--http", False),
        ({"DateLessThan": {"aws:CurrentTime": "2030-01-01"}}, "--at 2029-12-31", True),
        ({"DateLessThan": {"aws:CurrentTime": "2030-01-01"}}, "--at 2030-01-01", False),
        ({"StringLike": {"nb-presign:Path": "pub/*"}}, "--within pub/a", True),
        ({"StringLike": {"nb-presign:Path": "pub/*"}}, "", False),
        ({"StringLike": {"nb-presign:Target": "jupyter:gpu/lab*"}}, "--target gpu/lab", True),
        (
            {"StringEquals": {"nb-presign:Target": "session:5e55@gpu"}},
            "--target session:5e55@gpu",
            1,
        ),
        ({"StringEquals": {"nb-presign:Provider": "session"}}, "--target session:5e55", True),
    ],
)
def test_whatever_can_be_asked_for(run, file, condition, options, allowed):
    code, out, _ = run(f"--file {file({**ALLOW, 'Condition': condition})} {options}")
    assert code == (0 if allowed else 1), out


@pytest.mark.parametrize(
    ("target", "resource"),
    [
        ("jupyter:gpu/lab", "server/gpu"),
        ("session:5e55@gpu", "server/gpu/session/5e55"),
        ("jupyter:.", "server/here"),
        ("session:5e55", "server/here/session/5e55"),
        ("session:5e55@.", "server/here/session/5e55"),
    ],
)
def test_the_resource_is_named_as_the_server_names_it(run, config_dir, target, resource):
    configure(config_dir, {"Statement": ALLOW}, server_name="here")
    found = json.loads(run(f"--target {target} --json")[1])
    assert found["asked"]["resource"] == f"arn:nb-presign:jupyter:::{resource}"


def test_without_a_policy_bad_input_is_refused_all_the_same(run):
    code, _, told = run("--ip 999")
    assert (code, "Not an address" in told) == (2, True)


def test_without_a_policy_links_alone_decide(run):
    code, out, _ = run("--ip 203.0.113.7")
    assert (code, out) == (0, "Allowed: no policy is configured, so that links alone decide.\n")
    assert json.loads(run("--json")[1])["statements"] == []


@pytest.mark.parametrize("as_file", [True, False])
def test_the_configured_document_is_the_one_a_server_would_read(run, config_dir, tmp_path, as_file):
    (tmp_path / "office.json").write_text(json.dumps(DOCUMENT))
    configure(config_dir, str(tmp_path / "office.json") if as_file else DOCUMENT)
    assert run("--ip 203.0.113.7")[0] == 0
    code, out, _ = run("--ip 198.51.100.7 --json")
    assert code == 1
    assert json.loads(out)["source"] == (
        str(tmp_path / "office.json") if as_file else "c.NbPresign.policy"
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--ip 127.1", "Not an address"),
        ("--ip 10.0.0.0/8", "Not an address"),
        ("--at tomorrow", "--at: not a time"),
        ("--scope reed", "Did you mean"),
        ("--target '?'", ""),
        ("--file none.json", "FileNotFoundError"),
        ("--within ../x", "Not a path"),
        ("gpu", "takes no further words"),
    ],
)
def test_wrong_usage(run, file, options, said):
    given = options if "--file" in options else f"--file {file(ALLOW)} {options}"
    code, out, err = run(given)
    assert (code, out) == (2, "")
    assert said in err


@pytest.mark.parametrize("as_file", [True, False])
def test_a_document_that_cannot_be_used_is_wrong_usage(run, config_dir, file, as_file):
    bad = {**ALLOW, "Condition": {"IpAdress": {"aws:SourceIp": "::/0"}}}
    configure(config_dir, {"Statement": bad})
    code, _, err = run(f"--file {file(bad)}" if as_file else "")
    assert code == 2
    assert "statement 1, Condition" in err
    assert "Did you mean 'IpAddress'?" in err


def test_it_is_no_verb_of_the_magic():
    with pytest.raises(UsageError, match="In a terminal: jupyter presign policy"):
        parse(split("policy check --ip 203.0.113.7"), prog="%presign")
