"""How the sidebar looks, and whether everybody can use it: axe-core in both themes, pictures."""

import pytest
from playwright.sync_api import expect
from support.axe import violations
from support.browser import screenshot
from support.front_ends import SIZE
from support.two_servers import PANEL, show_panel, two_servers
from support.visit import follow

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

#: A stopped instance, one on its way and a failed one, as nobody has without an account at AWS.
FOREIGN = [
    {"target": "sagemaker:gpu", "title": "gpu", "state": "stopped", "startable": True},
    {"target": "sagemaker:etl", "title": "etl", "state": "starting"},
    {"target": "sagemaker:old", "title": "old", "state": "failed", "mend": "Choose another one."},
]


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    with two_servers(tmp_path_factory.mktemp("looks")) as servers:
        yield servers


@pytest.fixture
def panel_at(servers, browser):
    contexts = []

    def panel_at(theme):
        contexts.append(browser.new_context(viewport=SIZE, color_scheme=theme))
        pretend(contexts[-1])
        return show_panel(contexts[-1], servers)

    yield panel_at
    for context in contexts:
        context.close()
    servers.forget()


def pretend(context):
    """Let SageMaker be usable; everything else is real."""

    def providers(route):
        told = route.fetch().json()
        for one in told:
            if one["name"] == "sagemaker":
                one |= {"usable": True, "configured": True}
        route.fulfill(json=told)

    def targets(route):
        if "provider=sagemaker" not in route.request.url:
            route.fallback()
            return
        common = {"provider": "sagemaker", "detail": "in us-west-2", "mend": ""}
        items = [{**common, "instance_type": "ml.t3.medium", **one} for one in FOREIGN]
        route.fulfill(json={"items": items, "cursor": "", "problems": []})

    context.route("**/nb-presign/api/providers?*", providers)
    context.route("**/nb-presign/api/targets?*", targets)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_use_it(servers, panel_at, browser, theme):
    servers.mint("jupyter:there/lab/tree/training.ipynb", note="for Ada", max_uses=3)
    minted = servers.mint("jupyter:./lab/tree/work.ipynb", scope="execute", note="with Bob")
    guest = browser.new_context()
    follow(guest.new_page(), minted["url"])
    page = panel_at(theme)
    page.locator('[data-provider="sagemaker"]').get_by_role("button").first.click()
    expect(page.get_by_text("ml.t3.medium").first).to_be_visible()
    expect(page.locator(f"{PANEL} .jp-PresignGuest")).to_have_count(1)
    assert violations(page, PANEL) == []
    screenshot(page, f"screenshots/sidebar-{theme}")
    start = page.get_by_role("button", name="Start gpu")
    start.click()
    expect(page.get_by_role("dialog")).to_contain_text("is paid for while it runs")
    page.keyboard.press("Escape")
    page.get_by_text("kinds of places not set up").click()
    assert violations(page, PANEL) == []
    screenshot(page, f"screenshots/sidebar-trouble-{theme}")
    page.evaluate(
        "() => { window.jupyterapp.commands.execute("
        "'nb-presign:mint-link', {target: 'jupyter:there'}); }"
    )
    form = page.get_by_role("form", name="New link")
    form.get_by_label("They may").select_option("execute")
    form.get_by_text("Limits").click()
    expect(form).to_contain_text("They can run code as you")
    assert violations(page, PANEL) == []
    screenshot(page, f"screenshots/sidebar-form-{theme}")
    form.get_by_role("button", name="Make link").click()
    page.get_by_role("button", name="Show", exact=True).click()
    assert violations(page, PANEL) == []
    guest.close()


def test_empty_lists_teach(panel_at):
    page = panel_at("light")
    expect(page.locator(".jp-PresignLinks")).to_contain_text("No links.")
    expect(page.locator(".jp-PresignGuestsHere")).to_contain_text("Nobody.")
    page.get_by_role("searchbox").fill("no such thing")
    expect(page.locator(".jp-PresignGroup").first).to_contain_text("No match.")
    assert violations(page, PANEL) == []
