"""The figure of several plastic networks: how far each came."""
from style import GREEN, GREY, ORANGE, entitle, np, plt, save_in

RULES = {"M": ORANGE, "A": GREEN}


def capacity(runs, folder):
    """Bars are means over seeds: pale what was attempted, full what was mastered; dots are seeds."""
    figure, axes = plt.subplots(figsize=(4.8, 0.27 * len(runs) + 1.0))
    for row, run in enumerate(runs):
        colour = RULES.get(run.rule, GREY)
        for column, alpha in (("max_R_attempted", 0.3), ("max_R_mastered", 1)):
            values = run.results[f"/summary/{column}"]
            axes.barh(row, values.mean(), height=0.72, color=colour, alpha=alpha, linewidth=0)
            if len(values) > 1 and column == "max_R_mastered":
                spread = np.linspace(-0.22, 0.22, len(values))
                axes.plot(values, row + spread, "o", color="black", markersize=2, zorder=3)
    axes.set_yticks(range(len(runs)), [run.label for run in runs])
    axes.set(xlabel="repeat interval R (scenes)", xlim=(0, None), ylim=(len(runs) - 0.4, -0.6))
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    handles = [plt.Rectangle((0, 0), 1, 1, color=c, alpha=a, linewidth=0) for c, a in ((ORANGE, 1), (GREEN, 1), (GREY, 0.3))]
    axes.legend(handles, ["first layer M", "first layer A", "attempted,\nnot mastered"], loc="upper left", bbox_to_anchor=(1, 1))
    entitle(figure, "largest intervals, means over seeds")
    save_in(folder, figure, "capacity")
