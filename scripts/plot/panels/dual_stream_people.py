"""Figures of dual-stream runs beside people (tsd analyze --only human): one run, and the runs of a sweep."""
from style import BLUE, ORANGE, common_folder, entitle, np, plt, save, save_in

ROMAN = ("I", "II", "III", "IV", "V", "VI")


def human(results):
    """Errors of people by block as points, of the run as lines with their intervals."""
    people = results.analysis("human")
    if people is None or "/rmsd" not in people:
        return
    types, blocks = people["/type"], people["/model/error"].shape[1]
    figure, axes = plt.subplots(1, len(types), figsize=(max(3, 1.25 * len(types) + 0.6), 2.1), sharey=True, squeeze=False)
    for p, (panel, kind) in enumerate(zip(axes[0], types)):
        block = np.arange(1, blocks + 1)
        panel.fill_between(block, people["/model/error_low"][p], people["/model/error_high"][p], color=BLUE, alpha=0.2, linewidth=0)
        panel.plot(block, people["/model/error"][p], color=BLUE, linewidth=1.2, label="model")
        panel.plot(block, people["/people/error"][p][:blocks], "o", color="black", markersize=2.2, label="people")
        panel.set_title(ROMAN[kind - 1])
        panel.set(ylim=(0, 0.6), xlim=(0, blocks + 1))
    axes[0, 0].set_ylabel("probability of error")
    axes[0, len(types) // 2].set_xlabel("block of 16 trials")
    axes[0, -1].legend(loc="upper right", handlelength=1)
    order = f", order of people {'holds' if people['/order/holds'] else 'does not hold'}" if len(people["/order/pair"]) else ""
    entitle(figure, f"{results.title}: RMSD {people['/rmsd']:.4f}{order}")
    save(figure, results, "human")


def transfer(results):
    """p(class 0) of every item of the 5-4 structure after training."""
    people = results.analysis("human")
    if people is None or "/transfer/rmsd" not in people:
        return
    items = ["".join(str(int(v)) for v in x) for x in results["/stimuli/x"]]
    order = np.argsort(-people["/transfer/people"], kind="stable")
    figure, axes = plt.subplots(figsize=(4.2, 2.5))
    place = np.arange(len(order))
    model, low, high = (people["/transfer/model" + end][order] for end in ("", "_low", "_high"))
    axes.errorbar(place, model, yerr=np.maximum(0, [model - low, high - model]), fmt="s", color=BLUE, markersize=4, linewidth=1, label="model")
    axes.plot(place, people["/transfer/people"][order], "o", color="black", label="people")
    shown = results["/stimuli/held_out"][order] == 0
    axes.set_xticks(place, [items[i] for i in order], rotation=90, fontsize=7)
    for tick, trained in zip(axes.get_xticklabels(), shown):
        tick.set_fontweight("bold" if trained else "normal")
    axes.set(ylim=(-0.02, 1.02), ylabel="p(class 0)", xlabel="item; bold: trained")
    axes.legend(loc="upper right")
    entitle(figure, f"{results.title}: RMSD {people['/transfer/rmsd']:.4f}")
    save(figure, results, "transfer")


def sweep(all_results):
    """Distance to people of every run, the nearest first; filled where the order of difficulty is theirs."""
    compared = [(results, results.analysis("human")) for results in all_results]
    compared = [(run, people) for run, people in compared if people is not None and "/rmsd" in people and np.isfinite(people["/rmsd"])]
    if len(compared) < 2:
        return
    compared.sort(key=lambda pair: pair[1]["/rmsd"])
    figure, axes = plt.subplots(figsize=(max(3.2, 0.16 * len(compared) + 1), 3))
    for place, (_, people) in enumerate(compared):
        colour = BLUE if people["/order/holds"] else ORANGE
        axes.plot([place, place], [people["/rmsd_low"], people["/rmsd_high"]], color=colour, linewidth=1)
        axes.plot(place, people["/rmsd"], "o", color=colour, markerfacecolor=colour if people["/order/holds"] else "white")
    axes.plot([], [], "o", color=BLUE, label="order of people holds")
    axes.plot([], [], "o", color=ORANGE, markerfacecolor="white", label="does not hold")
    labels = [run.setting("fast") for run, _ in compared]
    by_model = len(set(labels)) == len(labels)
    if not by_model:
        labels = [str(run.index) if run.index >= 0 else run.config_name for run, _ in compared]
    axes.set_xticks(range(len(compared)), labels, rotation=90, fontsize=6)
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(plt.LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:.2g}")
    axes.yaxis.set_minor_formatter("")
    axes.set(ylabel="RMSD to people", xlabel="" if by_model or compared[0][0].index < 0 else "index of the sweep")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=1 if len(compared) < 12 else 2)
    entitle(figure, compared[0][0].config_name)
    save_in(common_folder([run for run, _ in compared]), figure, "human_sweep")
