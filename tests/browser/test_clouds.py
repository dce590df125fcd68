"""Links of clouds in JupyterLab: a real kernel with real boto3, and an AWS on loopback."""

import json
import shlex
import sys
from datetime import datetime, timedelta, timezone

import pytest
from jupyter_servers import World, jupyter_server
from playground import LAB_SETTINGS, write_notebook
from playwright.sync_api import expect
from support.aws import CANARY, AwsServer
from support.browser import screenshot
from support.canaries import Canaries

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

WIDGET = ".jp-PresignCountdown"
TARGET = "sagemaker:my-instance/lab/tree/a.ipynb?profile=ml"
SIZE = {"width": 1100, "height": 800}
CURRENT = "window.jupyterapp?.shell.currentWidget"
KERNEL_IS_IDLE = f"""() => {{
  const kernel = {CURRENT}?.sessionContext?.session?.kernel;
  return {CURRENT}?.context?.isReady && kernel?.connectionStatus === "connected"
    && kernel.status === "idle";
}}"""


class Signer:
    """A profile whose temporary credentials a program hands out, as SSO and role brokers do."""

    def __init__(self, aws, name, path):
        self.key = aws.add_key(name, role="DataScientist")
        self.path = path
        program = [sys.executable, "-c", f"print(open({str(path)!r}).read())"]
        aws.files.add(name, {"region": "us-west-2", "credential_process": shlex.join(program)}, {})

    def lasts(self, **left):
        """Have the credentials that it hands out from now on end then."""
        until = datetime.now(timezone.utc) + timedelta(**left)
        said = {"AccessKeyId": self.key.id, "SecretAccessKey": self.key.secret}
        self.path.write_text(
            json.dumps({"Version": 1, **said, "SessionToken": self.key.token,
                        "Expiration": until.isoformat()})
        )  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("clouds")


@pytest.fixture(scope="module")
def aws(home):
    with AwsServer(home / "aws") as server:
        Signer(server, "ml", home / "ml.json").lasts(hours=1)
        yield server
        assert not server.mistakes


@pytest.fixture(scope="module")
def lab(home, aws):
    """JupyterLab on a directory, whose kernels know one AWS only."""
    world = World(home / "home")
    settings = world.home / "config"
    (settings / "labconfig").mkdir(parents=True)
    (settings / "labconfig" / "default_setting_overrides.json").write_text(json.dumps(LAB_SETTINGS))
    plugin = settings / "lab" / "user-settings" / "@jupyter-widgets" / "jupyterlab-manager"
    plugin.mkdir(parents=True)
    (plugin / "plugin.jupyterlab-settings").write_text(json.dumps({"saveState": True}))
    config = {"LabApp": {"expose_app_in_browser": True}, "NbPresign": {"server_name": "here"}}
    with jupyter_server(
        world, home / "files", app="lab", config=config, env=aws.environment
    ) as server:
        yield server


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport=SIZE)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.set_default_timeout(30_000)
    yield page
    context.close()


def run(page, lab, name, *cells, before=lambda: None):
    """Open a new notebook with these cells and run them; returns its widgets."""
    write_notebook(lab.root / name, [("code", cell) for cell in ("%load_ext nb_presign", *cells)])
    page.goto(f"{lab.url}lab/tree/{name}?token={lab.token}&reset")
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell")
    page.wait_for_function(KERNEL_IS_IDLE)
    before()
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    expect(page.locator(WIDGET)).to_have_count(len(cells), timeout=60_000)
    return [page.locator(WIDGET).nth(number) for number in range(len(cells))]


def clock(widget, name):
    return widget.locator(f"[data-clock={name}]")


def button(widget, name):
    return widget.get_by_role("button", name=name, exact=True)


def opened(page, widget):
    """Click Open; returns the address that the new tab asked for."""
    asked = []

    def answer(route):
        asked.append(route.request.url)
        route.fulfill(body="<title>notebook</title>", content_type="text/html")

    page.context.route("https://**/*", answer)
    with page.expect_popup() as tab:
        button(widget, "Open").click()
    tab.value.wait_for_url("https://**/*")
    tab.value.close()
    page.context.unroute("https://**/*")
    return asked[0]


def copied(page, widget, name="Copy"):
    page.evaluate("navigator.clipboard.writeText('')")
    button(widget, name).click()
    return page.evaluate("""async () => {
        for (;;) {
            const text = await navigator.clipboard.readText();
            if (text) return text;
        }
    }""")


def change_theme(page, name, *, light):
    page.evaluate(
        "theme => { window.jupyterapp.commands.execute('apputils:change-theme', {theme}); }", name
    )
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", light)
    expect(page.locator("#jupyterlab-splash")).to_have_count(0)


def test_three_clocks_in_light_and_dark(page, lab):
    (widget,) = run(page, lab, "clocks.ipynb", f"%presign {TARGET}")
    expect(widget).to_have_attribute("data-state", "live")
    expect(widget).to_contain_text(TARGET)
    expect(clock(widget, "link")).to_contain_text("first to end")
    expect(clock(widget, "session")).to_contain_text("12 h once opened")
    expect(clock(widget, "credentials")).to_contain_text("5")  # 59:59, 58:…
    expect(button(widget, "Revoke")).to_have_count(0)
    expect(button(widget, "Copy token")).to_have_count(0)
    screenshot(page, "screenshots/widget-cloud-light")
    change_theme(page, "JupyterLab Dark", light="false")
    screenshot(page, "screenshots/widget-cloud-dark")
    change_theme(page, "JupyterLab Light", light="true")


def test_each_click_gets_a_url_of_its_own(page, lab, aws):
    (widget,) = run(page, lab, "clicks.ipynb", f"%presign {TARGET}")
    followed = aws.count("CreatePresignedNotebookInstanceUrl")
    urls = [opened(page, widget), opened(page, widget), copied(page, widget), copied(page, widget)]
    assert len(set(urls)) == 4
    assert aws.count("CreatePresignedNotebookInstanceUrl") == followed + 4
    assert all(url.startswith("https://my-instance") for url in urls)
    assert all("/lab/tree/a.ipynb?authToken=" in url for url in urls)


def test_nothing_secret_is_saved(page, lab, aws):
    session = next(iter(aws.world.sessions.values()))
    links = run(page, lab, "saved.ipynb", f"%presign {TARGET}", f"%presign athena:{session.id}")
    instance, athena = links
    opened(page, instance)
    expect(clock(athena, "session")).to_contain_text("as its service decides")
    expect(clock(athena, "link")).to_contain_text("new one due in")
    token = copied(page, athena, "Copy token")
    assert token in aws.mint.tokens
    first = instance.locator(".jp-PresignId").inner_text()
    button(instance, "Refresh").click()
    expect(instance.locator(".jp-PresignId")).not_to_have_text(first)
    page.evaluate(f"{CURRENT}.context.save()")
    screenshot(page, "screenshots/widget-cloud-athena")
    saved = (lab.root / "saved.ipynb").read_bytes()
    assert b"application/vnd.jupyter.widget-state+json" in saved
    assert b"credentials_expire_at" in saved
    secrets = aws.secrets()
    assert token in secrets
    assert len(secrets) > 5
    # What stands before the canary names places, which references name as well.
    planted = Canaries({one[:60]: one.rpartition(CANARY)[2] for one in secrets})
    assert planted.in_bytes(saved) == set()
    assert CANARY.encode() not in saved
    assert CANARY not in page.content()


def test_credentials_that_end_first_are_named_and_what_mends_them(page, lab, aws, home):
    signer = Signer(aws, "brief", home / "brief.json")
    mint = "%presign sagemaker:my-instance?profile=brief"
    (widget,) = run(page, lab, "brief.ipynb", mint, before=lambda: signer.lasts(seconds=25))
    expect(clock(widget, "credentials")).to_contain_text("first to end")
    screenshot(page, "screenshots/widget-cloud-credentials")
    expect(widget).to_have_attribute("data-state", "expired", timeout=60_000)
    expect(clock(widget, "credentials")).to_contain_text("ended")
    # Looked for again just after their end; the program still hands out the old ones.
    expect(widget.get_by_role("status")).to_contain_text("Not refreshed.", timeout=40_000)
    expect(widget.get_by_role("status")).to_contain_text("brief")
    screenshot(page, "screenshots/widget-cloud-ended")
    signer.lasts(hours=1)
    button(widget, "Refresh").click()
    expect(widget).to_have_attribute("data-state", "live")
    expect(clock(widget, "link")).to_contain_text("first to end")
