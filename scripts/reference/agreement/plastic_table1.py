#!/usr/bin/env python3
"""Table 1 of the report, attempted, mastered and confirmed intervals of its 26 networks, beside the published numbers.

    scripts/tsd train-plastic --config configs/plastic/table1.yaml
    scripts/tsd analyze results/table1/* --only generalisation
    scripts/reference/agreement/plastic_table1.py results/table1

--iterations N: after so many iterations; without it, after as many as all have. Mean over seeds, and smallest to largest;
published: one run each, what its figures show after as many iterations, and at the end of its job of five days.
"""
import argparse

import numpy as np
from plastic_runs import at_length, label_of, load

# Thousands of iterations at which the published run left R = 1, 2, ..; None: hidden in the figure, so earlier than the next;
# negative: ended by the cap. Then the intervals it reports.
PUBLISHED = {
    "Memo M 100": ([3.8, 49.5, 76.1, 131.1, 451.2, 803.2, -1803, -2803], 9),
    "Memo M 50": ([7.6, 129.2, 985.1, -1985], 5),
    "Memo A 100": ([None, 31, 181.8, 313, 803.7, -1804, -2804, -3804], 9),
    "Memo A 50": ([7, 71.3, 212.3, -1212, -2212], 6),
    "Nonl_RO M 100-100": ([None, 21, 35.7, 66.8, 83.1, 208.8, 531.9, 733.0, -1733], 10),
    "Nonl_RO M 50-50": ([None, None, 52, 101.8, 256.6, 1151], 7),
    "Nonl_RO A 100-100": ([None, None, 406.9, 466.1, -1466, -2466], 7),
    "Nonl_RO A 50-50": ([None, 141.3, 444.6], 4),
    "Memo MA 50-50": ([None, 0.7, 4.5, 8.0, 10.4, 12.1, 15.6, 19.0, 25.6, 26.7, 35.0, 70.6, 74.4], 14),
    "Memo MA 25-25": ([None, None, 23.5, 31.9, 36.4, 71.7, 170.0, 237.9], 9),
    "Memo MM 50-50": ([None, 5.5, 12.8, 19.7, 23.9, 64.1, 131.9, 282.2], 9),
    "Memo MM 25-25": ([None, None, 30.5, 45.4, 67.2, 165.9, 921.1], 8),
    "Dyn_RO MA 50-50": ([None, None, 3, 6.9, 13.2, 15.9, 23.5, 27.0, 34.3, 41.2, 155.8, 223.7], 13),
    "Dyn_RO MA 25-25": ([None, None, None, None, None, 46, 74, 863.9], 9),
    "Dyn_RO MM 50-50": ([None, 4.5, 12.1, 20.1, 24.9, 33.9, 51.6, 67.5, 368.1, 510.0, 715.4], 12),
    "Dyn_RO MM 25-25": ([None, None, None, None, None, None, 77.6, 361.5], 9),
    "Stack MA 50-50": ([2.8, 15.6, 58.2, 109.8, 235.8, 1157], 7),
    "Stack MA 25-25": ([None, 40.5, 76.5, 217.8, -1218], 6),
    "Memo AA 50-50": ([None, 12.1, 166.9, 617.7], 5),
    "Memo AA 25-25": ([None, 56.8, -1057], 4),
    "Memo AM 50-50": ([1.0, 38.1, 134.0, 309.9], 5),
    "Memo AM 25-25": ([None, 823.8, -1824], 4),
    "Dyn_RO AM 50-50": (None, 5),
    "Dyn_RO AA 50-50": (None, 5),
    "Dyn_RO AM 25-25": (None, 4),
    "Dyn_RO AA 25-25": (None, 4),
}


def published_by(course, thousands):
    """Intervals mastered by then: a range where the figure hides when."""
    if course is None:
        return "-"
    shown = [R for R, k in enumerate(course, 1) if k is not None and 0 < k <= thousands]
    least = max(shown, default=0)
    hidden = least
    while hidden < len(course) and course[hidden] is None:
        hidden += 1
    return f"{least}" if hidden == least else f"{least} to {hidden}"


def cell(values):
    values = [v for v in values if v is not None]
    if not values:
        return "-"
    spread = f" ({min(values)} to {max(values)})" if min(values) < max(values) else ""
    return f"{np.mean(values):.3g}{spread}"


def main(folders, iterations):
    networks = {label_of(name): runs for name, runs in load(folders).items()}
    networks = {label: networks[label] for label in PUBLISHED if label in networks}
    iterations = iterations or min(run.iterations for runs in networks.values() for run in runs)
    networks = at_length(networks, iterations)
    print(f"After {iterations} iterations:\n")
    print("| network | seeds | attempted | mastered | confirmed | right on fresh scenes | report: mastered by then | at its end: attempted / mastered |")
    print("|---|---|---|---|---|---|---|---|")
    for label, (course, attempted) in PUBLISHED.items():
        runs = networks.get(label, [])
        accuracies = [a for run in runs if (a := run.accuracy(iterations)) is not None]
        mastered = "-" if course is None else sum(k is None or k > 0 for k in course)
        print(f"| {label} | {len(runs)} | {cell([r.attempted(iterations) for r in runs])} | {cell([r.mastered(iterations) for r in runs])} | "
              f"{cell([r.confirmed(iterations) for r in runs])} | {f'{np.mean(accuracies):.3f}' if accuracies else '-'} | "
              f"{published_by(course, iterations / 1000)} | {attempted} / {mastered} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--iterations", type=int)
    arguments = parser.parse_args()
    main(arguments.folders, arguments.iterations)
