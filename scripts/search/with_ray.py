"""Ray as the one that starts workers, on the machines of its cluster (RAY_ADDRESS) or on this one.

What is to be run is for the search to decide, of files in the folder that all workers share. Ray has nothing to remember, so that a
search may begin with it and go on without, or the other way round.
"""
import logging
import os
import signal
import sys
import warnings

os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_IGNORE_UNHANDLED_ERRORS", "1")

import ray  # noqa: E402  (reads the environment)

from search.crew import processors  # noqa: E402
from search.plan import Mistake  # noqa: E402
from search.runs import Folder, Stopped  # noqa: E402

PATIENCE = 30  # seconds that workers have for their checkpoints


def silent(*_):
    pass


def work(plan, out, tsd):
    """One worker. Nothing, or text and exit code of a mistake: Ray would wrap it in a trace."""
    engine = engine_of(plan)
    try:
        engine.search(Folder(plan, out), tsd, 1, silent)
    except Mistake as mistake:
        return str(mistake), mistake.code
    except (KeyboardInterrupt, Stopped):
        return None
    return None


def engine_of(plan):
    if plan.population:
        from search import with_population as engine
    else:
        from search import with_optuna as engine
    return engine


def start(workers, threads):
    warnings.filterwarnings("ignore", module="ray")
    logging.getLogger("ray").setLevel(logging.CRITICAL)  # what fails is told by this program
    path = os.pathsep.join(sys.path[:2])  # of this program, for its workers
    options = {"log_to_driver": False, "logging_level": "ERROR", "runtime_env": {"env_vars": {"PYTHONPATH": path}}}
    if "RAY_ADDRESS" not in os.environ:
        os.environ["PYTHONPATH"] = path
        options |= {"num_cpus": workers * threads if workers else max(threads, processors()), "object_store_memory": 10**8, "include_dashboard": False,
                    "configure_logging": False, "runtime_env": None}
    on_term = signal.getsignal(signal.SIGTERM)
    for tries in range(3):  # it waits 30 seconds for its processes, which is too little on a busy machine
        try:
            ray.init(**options)
            break
        except Exception as error:  # of any of them
            ray.shutdown()
            if tries == 2:
                raise Mistake(f"Ray cannot be started: {(str(error).splitlines() or [type(error).__name__])[0]}", 70) from None
    signal.signal(signal.SIGTERM, on_term)  # Ray's would print its stack, and exit
    return workers or max(1, int(ray.cluster_resources().get("CPU", 1)) // threads)


class Reporter:
    """Tells of runs that have ended meanwhile."""

    def __init__(self, folder, engine, tell):
        self.folder, self.engine, self.tell = folder, engine, tell
        self.known = {trial["number"] for trial in self._ended()}

    def _ended(self):
        return [trial for trial in self.engine.trials(self.folder) if trial["state"] not in ("running", "waiting")]

    def __call__(self):
        for trial in self._ended():
            if trial["number"] not in self.known:
                self.known.add(trial["number"])
                self.tell(trial["number"], trial["state"], trial.get("score", trial["value"]), trial["values"], trial["why"])


def search(folder, tsd, workers, tell):
    plan = folder.plan
    report = Reporter(folder, engine_of(plan), tell)
    left = []
    try:
        count = start(workers, plan.threads)
        left = [ray.remote(num_cpus=plan.threads, max_retries=3)(work).remote(plan, folder.out, tsd) for _ in range(count)]
        while left:
            ended, left = ray.wait(left, timeout=2)
            report()
            for mistake in filter(None, ray.get(ended)):
                raise Mistake(*mistake)
    finally:
        for task in left:
            ray.cancel(task)
        if left:
            ray.wait(left, num_returns=len(left), timeout=PATIENCE)
        ray.shutdown()
