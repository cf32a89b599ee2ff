"""Gives every test a stack of Python frames in one piece.

Python 3.13 keeps frames in pieces of 16 kB, and asks the system for a piece, and gives it back, each time a call
crosses the end of one. Below pytest's own frames the end lies where a view asks the database: a thousand times a
test, which was a sixth of the suite's time. A frame that says it is large gets a piece that the others fit into.
"""

from collections.abc import Callable
from typing import Any

import _pytest.runner

WORDS = 1 << 17  # of eight bytes; a piece is the next power of two, so what is called has as much


def use() -> None:
    """Run each test below such a frame."""
    run = _pytest.runner.runtestprotocol

    def run_with_room(*given: Any, **named: Any) -> Any:
        return _call(run, *given, **named)

    _pytest.runner.runtestprotocol = run_with_room


def _call(function: Callable[..., Any], /, *given: Any, **named: Any) -> Any:
    return function(*given, **named)


_call.__code__ = _call.__code__.replace(co_stacksize=WORDS)
