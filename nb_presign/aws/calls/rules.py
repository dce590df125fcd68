"""Parameters, held against what botocore's service models say of them before anything is sent.

botocore itself checks types, required members and minima. The models know maxima, enumerations and
patterns too, which AWS would refuse a second later and in words of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NoReturn

from nb_presign.aws.botocore_types import OperationModel, ServiceModel, Shape
from nb_presign.aws.calls.call import Call
from nb_presign.errors import InputError, OutOfRangeError

#: Characters of a value that an error shows.
SHOWN = 60
#: A longer value is not held against a pattern: that is AWS's to do.
MOST_MATCHED = 4096

#: What a type accepts, and how it is called. Narrower than botocore's, which has `True` pass as 1.
_TYPES: Mapping[str, tuple[tuple[type, ...], str]] = {
    "string": ((str,), "text"),
    "integer": ((int,), "a whole number"),
    "long": ((int,), "a whole number"),
    "float": ((int, float, Decimal), "a number"),
    "double": ((int, float, Decimal), "a number"),
    "boolean": ((bool,), "true or false"),
    "blob": ((bytes, bytearray), "bytes"),
    "timestamp": ((datetime,), "a time"),
    "list": ((list, tuple), "a list"),
    "map": ((dict,), "names with values"),
    "structure": ((dict,), "names with values"),
}


def check(model: ServiceModel, call: Call, parameters: Mapping[str, object]) -> None:
    """Hold the parameters of a call against a `ServiceModel`.

    Raises `InputError`, or `OutOfRangeError` for a value or length outside its bounds; both with
    the parameter's `name`, and `low`, `high` or `pattern` where that is the rule.
    """
    shape = _operation(model, call).input_shape
    if shape is not None:
        _Rules(call).check(shape, dict(parameters), "")
    elif parameters:
        raise InputError(f"{call} takes no parameters.", name=min(parameters), **call.fields())


def _operation(model: ServiceModel, call: Call) -> OperationModel:
    if call.operation not in model.operation_names:
        raise InputError(
            f"{call.service} has no operation {call.operation!r}.",
            hint="A newer boto3 may know it: pip install -U boto3.",
            **call.fields(),
        )
    return model.operation_model(call.operation)


@dataclass(frozen=True, slots=True)
class _Rules:
    call: Call

    def check(self, shape: Shape, value: object, name: str) -> None:
        """Check one value; `name` says where it stands, as in `Filters[0].Name`."""
        accepted, kind = _TYPES.get(shape.type_name, ((object,), ""))
        if not isinstance(value, accepted) or (
            isinstance(value, bool) and bool not in accepted and accepted != (object,)
        ):
            self._refuse(shape, value, name, f"must be {kind}")
        further: Callable[[Any, Any, str], None] | None = getattr(
            self, f"_check_{shape.type_name}", None
        )
        if further is not None:
            further(shape, value, name)

    def _check_string(self, shape: Shape, value: str, name: str) -> None:
        self._check_size(shape, value, len(value), name, "characters")
        choices = shape.metadata.get("enum", ())
        if choices and value not in choices:
            self._refuse(shape, value, name, f"must be one of {', '.join(choices)}")
        pattern = shape.metadata.get("pattern", "")
        expression = compiled(pattern) if pattern and len(value) <= MOST_MATCHED else None
        if expression is not None and not expression.fullmatch(value):
            self._refuse(shape, value, name, f"must match {pattern}", pattern=pattern)

    def _check_integer(self, shape: Shape, value: float, name: str) -> None:
        self._check_size(shape, value, value, name, "")

    _check_long = _check_float = _check_double = _check_integer

    def _check_list(self, shape: Shape, value: list[object], name: str) -> None:
        self._check_size(shape, value, len(value), name, "items")
        for number, item in enumerate(value):
            self.check(shape.member, item, f"{name}[{number}]")

    def _check_map(self, shape: Shape, value: dict[object, object], name: str) -> None:
        self._check_size(shape, value, len(value), name, "entries")
        for key, item in value.items():
            self.check(shape.key, key, f"{name} (a name in it)")
            self.check(shape.value, item, f"{name}.{key}")

    def _check_structure(self, shape: Shape, value: dict[str, object], name: str) -> None:
        if getattr(shape, "is_document_type", False):
            return
        inside = f"{name}." if name else ""
        for missing in shape.required_members:
            if missing not in value:
                self._refuse(shape, None, f"{inside}{missing}", "is required")
        for member in value:
            if member not in shape.members:
                known = ", ".join(sorted(shape.members))
                self._refuse(shape, None, f"{inside}{member}", f"is unknown; there are {known}")
        if getattr(shape, "is_tagged_union", False) and len(value) != 1:
            self._refuse(shape, None, name, f"must have one of {', '.join(sorted(shape.members))}")
        for member, item in value.items():
            self.check(shape.members[member], item, f"{inside}{member}")

    def _check_size(
        self,
        shape: Shape,
        value: object,
        size: float,
        name: str,
        unit: str,
    ) -> None:
        low, high = shape.metadata.get("min"), shape.metadata.get("max")
        if (low is None or size >= low) and (high is None or size <= high):
            return
        bounds = (
            f"{low} to {high}"
            if None not in (low, high)
            else (f"at least {low}" if high is None else f"at most {high}")
        )
        rule = f"must have {bounds} {unit}" if unit else f"must be {bounds}"
        raise OutOfRangeError(
            self._sentence(shape, value, name, rule),
            name=name,
            low=low,
            high=high,
            **self.call.fields(),
        )

    def _refuse(
        self,
        shape: Shape,
        value: object,
        name: str,
        rule: str,
        **fields: str,
    ) -> NoReturn:
        raise InputError(
            self._sentence(shape, value, name, rule), name=name, **self.call.fields(), **fields
        )

    def _sentence(self, shape: Shape, value: object, name: str, rule: str) -> str:
        shown = "" if value is None else f", not {_shown(shape, value)}"
        return f"{name or 'What is asked'} {rule}{shown} ({self.call})."


def _shown(shape: Shape, value: object) -> str:
    if shape.metadata.get("sensitive"):
        return "what was given"
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


@lru_cache(maxsize=512)
def compiled(pattern: str) -> re.Pattern[str] | None:
    """Compile a model's pattern; None for what Java understands and Python does not, or otherwise.

    The models' patterns hold for the whole value, with or without `^` and `$`.
    """
    if "&&" in pattern or "[[" in pattern:
        return None  # Java's sets; Python takes the marks for characters, with a warning
    try:
        return re.compile(pattern)
    except re.error:
        return None
