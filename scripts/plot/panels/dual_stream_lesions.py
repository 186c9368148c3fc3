"""What a lesion costs over time: runs that differ in what passes between the streams, side by side."""
import re

from style import BLUE, CHANCE, GREEN, ORANGE, common_folder, entitle, np, plt, save_in

SHOWN = {"total": ("intact", GREEN), "fast": ("slow stream lesioned", BLUE), "slow": ("fast stream lesioned", ORANGE)}


def setting(results, key, default=""):
    found = re.search(rf"^\s*{key}: *(.*)$", str(results["/provenance/config_yaml"]), re.M)
    return found.group(1).strip("\"'") if found else default


def interval(runs, draws=500):
    """95 % of the means of resampled participants."""
    chance = np.random.default_rng(0)
    means = np.stack([runs[chance.integers(len(runs), size=len(runs))].mean(axis=0) for _ in range(draws)])
    return np.quantile(means, [0.025, 0.975], axis=0)


def consolidates(results):
    return setting(results, "replay", "0") != "0" or setting(results, "anneal_from", "null") != "null"


def lesions(all_results):
    """Only where some of the runs replay or gate; a row for each run, a column for each problem."""
    if not any(consolidates(results) for results in all_results):
        return
    names = [name for name in all_results[0].names("/") if f"/{name}/per_run/lc_total" in all_results[0]]
    figure, grid = plt.subplots(len(all_results), len(names), figsize=(2.3 * len(names) + 0.4, 1.35 * len(all_results) + 0.6),
                                sharex=True, sharey=True, squeeze=False)
    for row, results in zip(grid, all_results):
        for axes, name in zip(row, names):
            for stream, (label, colour) in SHOWN.items():
                runs = results[f"/{name}/per_run/lc_{stream}"]
                low, high = interval(runs)
                axes.fill_between(np.arange(len(low)), low, high, color=colour, alpha=0.25, linewidth=0)
                axes.plot(runs.mean(axis=0), color=colour, linewidth=1.1, label=label)
            axes.axhline(0.5, **CHANCE)
            axes.set_ylim(0, 0.62)
        row[0].set_title(setting(results, "config_version") or results.title, fontsize=8)
        row[0].set_ylabel("error")
    for axes, name in zip(grid[0], names):
        axes.annotate(name.replace("type", "type "), (1, 1.02), xycoords="axes fraction", ha="right", fontsize=8)
    for axes in grid[-1]:
        axes.set_xlabel("epoch")
    figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="outside upper right", ncols=3, handlelength=1)
    entitle(figure, all_results[0].config_name)
    save_in(common_folder(all_results), figure, "lesions")
