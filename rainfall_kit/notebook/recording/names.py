"""Names of the student's variables, and what they stand for: ``w``, or a part such as ``model.weight``.

>>> import types
>>> value_of({"model": types.SimpleNamespace(weight=3)}, "model.weight")
3
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import Parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping

_PART = re.compile(r"\.(\w+)|\[(\d+)\]")


@dataclass(frozen=True, kw_only=True)
class Names:
    """Names of the student's variables: of the weights, the offsets, the inputs and the targets."""

    w: str = "w"
    b: str = "b"
    inputs: str = "inputs"
    targets: str = "targets"


def value_of(namespace: Mapping[str, Any], name: str) -> Any:
    """Value of a name; None where there is no such thing.

    Example:
        >>> value_of({"net": ["first", "second"]}, "net[1]"), value_of({}, "net.weight")
        ('second', None)
    """
    if name in namespace or name.isidentifier():  # nearly always, and at every look
        return namespace.get(name)
    first = re.match(r"\w+", name)
    value = namespace.get(first[0] if first else name)
    for part in _PART.finditer(name):
        if value is None:
            return None
        if part[1] is not None:
            value = getattr(value, part[1], None)
            continue
        try:
            value = value[int(part[2])]
        except (IndexError, KeyError, TypeError):
            return None
    return value


def reader(namespace: Mapping[str, Any], *names: str) -> Callable[[str], Any]:
    """`value_of` in this namespace, at the least cost that these names allow.

    Example:
        >>> reader({"w": 3}, "w", "b")("w")
        3
    """
    if all(name.isidentifier() for name in names):
        return namespace.get
    return functools.partial(value_of, namespace)


def version_of(value: object) -> int | None:
    """How often a tensor was changed in place; None for anything else.

    Example:
        >>> version_of(torch.ones(2).zero_()), version_of(2)
        (1, None)
    """
    try:
        return value._version if isinstance(value, torch.Tensor) else None  # noqa: SLF001  # torch's own name
    except RuntimeError:  # made in inference mode, it has none
        return None


def bind(namespace: MutableMapping[str, Any], name: str, value: Any) -> None:
    """Let a name, or the part of a module that it names, stand for another tensor.

    Example:
        >>> names = {}
        >>> bind(names, "w", 2)
        >>> names
        {'w': 2}
    """
    owner, dot, part = name.rpartition(".")
    if not dot:
        namespace[name] = value
        return
    home = value_of(namespace, owner)
    if isinstance(getattr(home, part, None), Parameter):  # a module takes nothing else in its place
        value = Parameter(value.detach(), requires_grad=value.requires_grad)
    setattr(home, part, value)
