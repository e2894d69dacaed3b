"""Search spaces built in Python."""

from __future__ import annotations

from ganas._ganas import Space

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


def cell(
    *,
    nodes: int,
    operators: Sequence[str],
    operators_on: str = "edges",
    name: str = "cell",
    parameters: Sequence[Mapping[str, Any]] = (),
    costs: Sequence[Mapping[str, Any]] = (),
    constants: Mapping[str, float] | None = None,
    **keys: Any,
) -> Space:
    """Returns a search space of one cell, with operators on its edges or on its inner nodes.

    By default, each node has edges from all earlier nodes. To fix the edges or let the search choose them,
    pass other keys of a space file's `[[cells]]` as keyword arguments, such as
    `max_edges=7, output="chosen"`; the command `ganas space keys` lists these keys.

    `parameters` (see `ganas.parameter`) are searched together with the cell. `costs` are known without an
    evaluation because formulas define them, as in `{"name": "params", "formula": "9 * count('conv')"}`.
    Formulas may use the names in `constants`.
    """
    about: dict[str, Any] = {
        "name": "cell",
        "nodes": nodes,
        "operators": list(operators),
        "operators_on": operators_on,
        **keys,
    }
    description: dict[str, Any] = {"name": name, "cells": [about]}
    for key, tables in (("parameters", parameters), ("costs", costs)):
        if tables:
            description[key] = [dict(table) for table in tables]
    if constants:
        description["constants"] = dict(constants)
    return Space.from_dict(description)


def parameter(
    name: str,
    low: float | None = None,
    high: float | None = None,
    *,
    values: Sequence[float | str | bool] | None = None,
    log: bool = False,
    **keys: Any,
) -> dict[str, Any]:
    """Returns the description of a parameter to search, such as a learning rate: a number from `low` to
    `high`, or one of `values`.

    With `log=True`, the number is searched on a logarithmic scale. `keys` are other keys of a space file's
    `[[parameters]]`, such as `integer=True`.
    """
    about: dict[str, Any] = {"name": name, **keys}
    for key, given in (("low", low), ("high", high)):
        if given is not None:
            about[key] = given
    if values is not None:
        about["values"] = list(values)
    if log:
        about["log"] = True
    return about
