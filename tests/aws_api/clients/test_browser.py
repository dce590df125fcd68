"""A URL that boto3 has minted, opened in Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from support.browser import chromium
from support.visit import follow

pytestmark = pytest.mark.browser


def test_a_url_opens_the_notebook_in_a_browser(house, access):
    client = access.boto3("athena")
    url = client.create_presigned_notebook_url(SessionId=house.session_id)["NotebookUrl"]
    client.close()
    with chromium() as browser:
        page = browser.new_page()
        follow(page, url)
        notebook = page.locator(".jp-NotebookPanel .jp-Cell:visible")
        expect(notebook.first).to_contain_text("Training", timeout=30_000)
        assert page.url == f"{house.lab.url}lab/tree/sub/training.ipynb"
