"""A figure that is no time: bytes, requests a second."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Amount:
    """Two amounts of one run, and their ratio; a row of the same table as a `Figure`."""

    what: str
    against: str
    value: float
    baseline: float
    unit: str
    #: `≤ 4.0`: how many times as much; empty: none is set.
    target: str = ""
    #: How many things were counted.
    n: int = 1

    @property
    def ratio(self):
        return self.value / self.baseline

    @property
    def met(self):
        return self.ratio <= float(self.target.split()[1]) if self.target else None

    def row(self):
        met = {True: "met", False: "MISSED", None: ""}[self.met]
        amounts = (f"{value:9.2f} {self.unit}" for value in (self.value, self.baseline))
        return (
            self.what,
            self.against,
            *amounts,
            f"{self.ratio:.3f}",
            self.target,
            met,
            f"n = {self.n}",
        )

    def json(self):
        return {**asdict(self), "ratio": self.ratio, "met": self.met}
