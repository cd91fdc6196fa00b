"""Ratios and formulas over numbers that were fetched; what was not observed stays None."""

import ast
import operator
from collections.abc import Callable, Mapping
from decimal import Decimal

from testops.errors import TestopsError

Number = int | float | None

_OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def plain(value: object) -> Number:
    """Return a number of the database as one of Python."""
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TestopsError(f"`{value!r}` is no number")


def ratio(numerator: Number, denominator: Number) -> float | None:
    """Divide; None when nothing was counted."""
    if numerator is None or not denominator:
        return None
    return float(numerator) / float(denominator)


def evaluate(formula: str, values: Mapping[str, Number]) -> Number:
    """Compute a formula of names, numbers, `+ - * /` and brackets.

    Args:
        formula: from the metric model.
        values: numbers by name.

    Returns:
        None when a name is None, or a division is by zero.

    Raises:
        TestopsError: the formula has something else in it.
    """
    try:
        return _node(ast.parse(formula.strip(), mode="eval").body, values)
    except SyntaxError as error:
        raise TestopsError(f"the formula `{formula}` is not understood: {error}") from error


def _node(node: ast.expr, values: Mapping[str, Number]) -> Number:
    if isinstance(node, ast.Name) and node.id in values:
        return values[node.id]
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _node(node.operand, values)
        return None if inner is None else -inner
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        left, right = _node(node.left, values), _node(node.right, values)
        if left is None or right is None or (isinstance(node.op, ast.Div) and right == 0):
            return None
        return _OPERATORS[type(node.op)](left, right)
    raise TestopsError(f"the formula has `{ast.unparse(node)}`, which is not understood")
