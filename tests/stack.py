"""Gives every test a stack of Python frames in one piece.

Python 3.13 keeps frames in pieces of 16 kB, and asks the system for a piece, and gives it back, each time a call
crosses the end of one. Below pytest's own frames a test of a page did so a thousand times: a sixth of its time.
A frame that says it is large gets a piece that the others fit into.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import _pytest.runner

WORDS = 1 << 17  # of eight bytes; a piece is the next power of two, so what is called has as much


def use() -> None:
    """Run each test below such a frame."""
    _pytest.runner.runtestprotocol = partial(_call, _pytest.runner.runtestprotocol)


def _call(function: Callable[..., Any], /, *given: Any, **named: Any) -> Any:
    return function(*given, **named)


_call.__code__ = _call.__code__.replace(co_stacksize=WORDS)
