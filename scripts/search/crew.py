"""Workers of one process, each in a thread. The first failure stops all."""
import os
import threading

from search.runs import Stopped


def together(works, stop):
    """Calls all of them at a time. Raises the first failure, rather a mistake than what it made others do."""
    failures = []

    def guarded(work):
        try:
            work()
        except BaseException as error:
            failures.append(error)
            stop.set()

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    try:
        while any(thread.is_alive() for thread in threads):
            for thread in threads:
                thread.join(0.2)
    except BaseException:
        stop.set()
        for thread in threads:
            thread.join()
        raise
    for failure in sorted(failures, key=lambda error: isinstance(error, Stopped)):
        raise failure


def processors():
    """That this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
