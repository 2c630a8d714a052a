"""Limits as small formulas over the owner's files: arithmetic, names, attributes, abs, ceil, min, max."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping

from hil.errors import BadInput

_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_FUNCTIONS: dict[str, Callable[..., float]] = {"abs": abs, "ceil": math.ceil, "max": max, "min": min}


def evaluate(expression: float | str, context: Mapping[str, object]) -> float:
    """Return the number that an expression stands for.

    context: what the first name of a path means, {"policy": ..., "hwconfig": ..., "dut": ...}; a path such as
    policy.operation_grid_voltage_range.max goes through attributes of objects and keys of mappings. Raises BadInput
    with a sentence when a key is missing or is not a number, or when the formula is not allowed.
    """
    try:
        tree = ast.parse(str(expression), mode="eval")
    except (SyntaxError, ValueError) as error:
        raise BadInput(f"the limit '{expression}' in the requirement catalogue is not a formula: {error}") from error
    try:
        number = _number(tree.body, str(expression), context)
    except (ArithmeticError, TypeError, ValueError) as error:
        raise BadInput(f"the limit '{expression}' cannot be computed with the values of your files: {error}") from error
    if not math.isfinite(number):
        raise BadInput(f"the limit '{expression}' is not a finite number with the values of your files")
    return number


def _number(node: ast.expr, expression: str, context: Mapping[str, object]) -> float:
    match node:
        case ast.Constant(value=bool()):
            pass
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_number(operand, expression, context)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _BINARY[type(op)](_number(left, expression, context), _number(right, expression, context))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS and args:
            return float(_FUNCTIONS[name](*[_number(argument, expression, context) for argument in args]))
        case ast.Attribute() | ast.Name():
            return _looked_up(node, expression, context)
        case _:
            pass
    raise BadInput(
        f"the limit '{expression}' in the requirement catalogue uses '{ast.unparse(node)}', which is not allowed:"
        " only numbers, + - * /, abs, ceil, min, max and paths into policy, hwconfig and dut"
    )


def _looked_up(node: ast.expr, expression: str, context: Mapping[str, object]) -> float:
    path = ast.unparse(node)
    steps = path.split(".")
    here: object = context
    for depth, step in enumerate(steps):
        found = _step(here, step)
        if found is None:
            where = ".".join(steps[:depth]) or "the catalogue's context"
            raise BadInput(
                f"the limit '{expression}' needs {path}, but {where} has no key '{step}': add it to that file"
            )
        here = found
    if isinstance(here, bool) or not isinstance(here, int | float):
        raise BadInput(f"the limit '{expression}' needs the number {path}, but it is {here!r}: correct it in that file")
    return float(here)


def _step(here: object, name: str) -> object | None:
    if name.startswith("_"):
        return None
    if isinstance(here, Mapping):
        return here.get(name)
    return getattr(here, name, None)
