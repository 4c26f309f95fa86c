"""Ctrl-C reaches every process of a terminal at once; only the first of them shall answer it."""

import signal
import threading
from multiprocessing import forkserver
from types import FrameType

_interrupted = threading.Event()


def remember_interrupts() -> None:
    """Let a Ctrl-C stay known: Python loses one that arrives inside a clean-up or a callback."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, _answer)


def _answer(_signal: int, _frame: FrameType | None) -> None:
    _interrupted.set()
    raise KeyboardInterrupt


def stop_if_interrupted() -> None:
    """Raise KeyboardInterrupt if Ctrl-C came, whether or not it was seen then."""
    if _interrupted.is_set():
        raise KeyboardInterrupt


def workers_ignore_interrupts() -> None:
    """Start the process that workers are forked from with Ctrl-C ignored, which workers inherit.

    They finish the part they are at, which is kept; this process says that it was interrupted.
    """
    if threading.current_thread() is not threading.main_thread():
        return  # only the main thread may set what a signal does
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        forkserver.ensure_running()
    finally:
        signal.signal(signal.SIGINT, before)
