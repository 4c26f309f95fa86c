"""Time, CPU seconds and memory of what a benchmark does, and a process of its own to do it in."""

import multiprocessing
import resource
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any


def timed(begun: float, spent: float) -> dict[str, Any]:
    return {
        "wall_s": round(time.perf_counter() - begun, 2),
        "cpu_s": round(cpu() - spent, 2),
        "peak_mib": peak(),
    }


def cpu() -> float:
    mine = resource.getrusage(resource.RUSAGE_SELF)
    others = resource.getrusage(resource.RUSAGE_CHILDREN)
    return mine.ru_utime + mine.ru_stime + others.ru_utime + others.ru_stime


def peak(who: int = resource.RUSAGE_SELF) -> float:
    return round(resource.getrusage(who).ru_maxrss / 1024, 1)


def apart(side: Callable[..., Any], *given: Any) -> Any:
    """Run a side in a process of its own, so that peaks are its own."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(side, given, sender))
    process.start()
    sender.close()
    try:
        return receiver.recv()
    finally:
        process.join()


def _send(side: Callable[..., Any], given: tuple[Any, ...], sender: Connection) -> None:
    sender.send(side(*given))
    sender.close()
