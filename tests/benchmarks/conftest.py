"""Collect the figures; print them as one table at the end, and keep them."""

import json
import os
import platform
from pathlib import Path

import pytest
from benchmarks.figure import table

KEPT = Path(__file__).parents[2] / "ci-output" / "benchmarks.json"
FIGURES = pytest.StashKey()
#: What is no ratio, in words.
TOLD = pytest.StashKey()


def pytest_configure(config):
    config.stash[FIGURES] = []
    config.stash[TOLD] = []


@pytest.fixture
def keep(pytestconfig):
    """Take a figure; a target that is missed is printed, and fails nothing."""
    return pytestconfig.stash[FIGURES].append


@pytest.fixture
def tell(pytestconfig):
    """Take a line of words."""
    return pytestconfig.stash[TOLD].append


def pytest_terminal_summary(terminalreporter, config):
    for line in config.stash[TOLD]:
        terminalreporter.write_line(line)
    figures = config.stash[FIGURES]
    if not figures:
        return
    machine = {"python": platform.python_version(), "cores": os.cpu_count()}
    KEPT.parent.mkdir(exist_ok=True)
    results = {"machine": machine, "figures": [figure.json() for figure in figures]}
    KEPT.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")
    cores, version = machine["cores"], machine["python"]
    terminalreporter.section(f"ratios, Python {version}, {cores} cores")
    for line in table(figures):
        terminalreporter.write_line(line)
    terminalreporter.write_line("Times: ≤ and no target. Rates: ≥.")
