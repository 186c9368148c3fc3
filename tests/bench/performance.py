"""The page of the results of scripts/bench alone: medians over rounds, ratios of times of the same round."""
import statistics

from workloads import WORKLOADS

FACTORS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
FRAMEWORKS = {"jax": "JAX", "torch": "PyTorch"}
QUIET = 0.5  # load before a round, in programs a core
HEAD = """# Performance

Written by `scripts/bench --write` on one machine; how, and the rules: [benchmarks](../develop/benchmarks.md).

"""


def reading(report, name):
    """Of a Google Benchmark report: the counter "step" (seconds per thing) or the time of an iteration; GFLOP/s if counted."""
    runs = [run for run in report["benchmarks"] if run["run_name"].split("/")[0] == name]
    if not runs:
        raise ValueError(f"no benchmark {name}")
    run = next((r for r in runs if r.get("aggregate_name") == "median"), runs[0])
    wall = run["run_name"].endswith("real_time")
    found = {"seconds": run.get("step", run["real_time" if wall else "cpu_time"] * FACTORS[run["time_unit"]])}
    return found | ({"gflops": run["GFLOP/s"]} if "GFLOP/s" in run else {})


def time_text(seconds):
    for unit, factor in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9)):
        if seconds >= factor or unit == "ns":
            return f"{seconds / factor:.3g} {unit}"


def median(rows, number):
    """Over rounds that have it; None if none has."""
    values = []
    for row in rows:
        try:
            values.append(number(row))
        except KeyError:
            pass
    return statistics.median(values) if values else None


def seconds(rows, what):
    return median(rows, lambda row: row[what]["seconds"])


def ratio(rows, what, to="native"):
    return median(rows, lambda row: row[what]["seconds"] / row[to]["seconds"])


def cell(rows, what):
    if (found := seconds(rows, what)) is not None:
        return time_text(found)
    unfinished = [row[what]["unfinished_s"] for row in rows if "unfinished_s" in row.get(what, {})]
    return f"did not finish in {max(unfinished)} s" if unfinished else "-"


def fraction(w, rows):
    """Of the limit of the same round."""
    return w.least and median(rows, lambda row: w.least({name: row[name] for name in w.limits}, row["native"]) / row["native"]["seconds"])


def best_peer(rows):
    """Median ratio of the faster of both peers."""
    def of(row):
        times = [row[framework]["seconds"] for framework in FRAMEWORKS if "seconds" in row.get(framework, {})]
        if not times:
            raise KeyError("no peer")
        return min(times) / row["native"]["seconds"]
    return median(rows, of)


def text(value, form="{:.2g}"):
    return "-" if value is None else form.format(value)


def ratio_text(value):
    """Two digits, as a number."""
    return text(value) if value is None or value < 100 else f"{float(f'{value:.2g}'):.0f}"


def rounds_text(count):
    return f"{count} round{'s' if count != 1 else ''}"


def table(head, rows):
    return "\n".join([f"| {' | '.join(head)} |", "|" + "---|" * len(head), *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


def ratios_table(measured):
    """What a reader asks first: against whom, by how much, and what is left."""
    return table(["workload (cores)", "tsd", "best peer / tsd", "JAX / tsd", "PyTorch / tsd", "eager Python / tsd", "of the limit"],
                 [[f"{w.title} ({w.cores})", cell(rows, "native"), ratio_text(best_peer(rows)),
                   *(ratio_text(ratio(rows, what)) for what in (*FRAMEWORKS, "eager")), text(fraction(w, rows), "{:.0%}")] for w, rows in measured])


def times_table(measured):
    return table(["workload", "tsd", "plain LibTorch", *FRAMEWORKS.values(), "eager Python"],
                 [[w.title, *(cell(rows, what) for what in ("native", "plain", *FRAMEWORKS, "eager"))] for w, rows in measured])


def start_table(measured):
    def row(w, rows):
        of = lambda what, key, form="{:.2g}": text(median(rows[:1], lambda r: r[what][key]), form)
        return [w.title, of("native", "first_result_s"), *(of(f, key) for f in FRAMEWORKS for key in ("compile_s", "first_result_s")),
                *(of(f, "memory_mb", "{:.0f}") for f in ("native", *FRAMEWORKS))]
    return table(["workload", "tsd: first result, s", "JAX: compile, s", "first result, s", "PyTorch: compile, s", "first result, s",
                  "tsd: memory, MB", "JAX", "PyTorch"], [row(*both) for both in measured])


def growth_table(measured):
    body = []
    for w, rows in measured:
        for label, *_ in w.growth:
            body.append([w.title.rsplit(",", 1)[0], label, cell(rows, f"native, {label}"), cell(rows, f"jax, {label}"),
                         ratio_text(ratio(rows, f"jax, {label}", f"native, {label}"))])
    return table(["workload", "size", "tsd", "JAX", "JAX / tsd"], body) if body else ""


def load_section(found):
    """Of tests/bench/beside_load.py."""
    body = [[what, f"{speed:.2f}", f"{processor:.2f}", asked + ("" if kept else ": missed")] for what, speed, processor, asked, kept in found["rows"]]
    return f"""## Beside other programs

From `tests/bench/beside_load.py`: runs with default threads against runs with one, alone and beside two busy loops on each core, and a
sweep of two runs at once against one after the other. Ratios of speed (start left out) and of processor time (all of it), medians of
{rounds_text(found["rounds"])} in turn; the load before was {found["load"]:.1f}.

""" + table(["what", "speed", "processor time", "asked: at least, at most"], body)


def below_goal(measured):
    """Rows that are not twice as fast as the best peer, or slower than 60 % of the limit."""
    lines = []
    for w, rows in measured:
        best, share = best_peer(rows), fraction(w, rows)
        if best is not None and best < 2:
            lines.append(f"- {w.title}: {best:.2g} times the best peer's speed")
        if share is not None and share < 0.6:
            lines.append(f"- {w.title}: {share:.0%} of the limit")
    return "Below twice the best peer's speed or 60 % of the limit:\n\n" + "\n".join(lines) + "\n" if lines else ""


def quietness(results):
    loads = [row["load"] for part in ("rounds", "growth") for rows in results.get(part, {}).values() for row in rows]
    highest, cores = max(loads), results["machine"]["cores"]
    # The last program of this measurement is in the load, too: one per core that it used.
    if highest <= (1 + QUIET) * cores:
        return "The machine was quiet."
    return (f"**The machine was not quiet**: its load was up to {highest:.1f} on {cores} cores. Times are too long; ratios were taken in "
            "the same round, but are uncertain.")


def page(results):
    measured, grown = ([(w, results[part][w.name]) for w in WORKLOADS if results.get(part, {}).get(w.name)] for part in ("rounds", "growth"))
    machine, rounds = results["machine"], max((len(rows) for _, rows in measured), default=0)
    peers = ", ".join(f"{name} {results['versions'][name]}" for name in ("jax", "torch") if name in results["versions"]) or "no peers"
    about = (f"{machine['model']}, {machine['cores']} cores{', AVX-512' if machine['avx512'] else ''}; {machine['date']}; {peers}; medians of "
             f"{rounds_text(rounds)} in turn, ratios of times taken in the same round. {quietness(results)}\n")
    parts = [HEAD + about, """Times are wall-clock times on two cores and processor times on one; compilation is apart. The limit is the arithmetic
of the workload at the rate of a large matrix product in the same round, plus the Gaussians that it draws at their measured cost; it
leaves out exponentials, copies and everything else. Eager Python is the loop of the original.
""", ratios_table(measured), below_goal(measured), "## Times\n", times_table(measured), """## Start and memory

From the start of the process to the first result, compilation included, and the most memory that was resident; of the first round, with
nothing compiled before.
""", start_table(measured)]
    if growth := growth_table(grown):
        parts += ["## Growth\n", growth]
    if "beside_load" in results:
        parts.append(load_section(results["beside_load"]))
    return "\n".join(part for part in parts if part)
