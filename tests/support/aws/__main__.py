"""Run the fake until standard input ends: `python -m support.aws`, with `tests` on the path.

`--latency 0.1` makes every answer take a tenth of a second more.

The first line says where it is: a JSON object with `url` and the `environment` for processes that
shall talk to it. Every further line is answered with what was called meanwhile, as JSON.
"""

from __future__ import annotations

import argparse
import json
import sys

from support.aws.server import AwsServer


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(prog="python -m support.aws")
    parser.add_argument("--latency", type=float, default=0.0, metavar="SECONDS")
    with AwsServer(latency=parser.parse_args().latency) as server:
        told = 0
        _say({"url": server.url, "environment": server.environment})
        for _ in sys.stdin:
            calls = server.calls[told:]
            told += len(calls)
            _say([f"{each.service}:{each.operation}" for each in calls])


def _say(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
