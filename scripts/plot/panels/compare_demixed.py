"""Demixed components of a comparison: what latents and rates do by condition, a column for each part."""
from style import BLUE, COLOURS, GREY, entitle, np, plt, save

MOST = 40  # lines of a panel


def shades(results):
    """A colour for each condition: of a few levels distinct ones, of directions round a circle, or by number; and what they stand for."""
    factors = [f for f in ("direction", "task", "trial") if f"/dpca/condition/{f}" in results]
    values = results[f"/dpca/condition/{factors[0]}"]
    levels, ranks = np.unique(values, return_inverse=True)
    if len(levels) <= len(COLOURS):
        return [COLOURS[k] for k in ranks], factors[0]
    if factors[0] == "direction":
        return plt.cm.twilight((values / (2 * np.pi)) % 1 * 0.85 + 0.05), "direction"
    return plt.cm.viridis(0.9 * ranks / max(1, ranks.max())), factors[0]


def dpca(results, few):
    if "/dpca" not in results:
        return
    shown = [(n, w) for n in results["/models/name"] for w in ("latents", "rates") if f"/dpca/{n}/{w}/part" in results][:few]
    if not shown:
        return
    colours, meaning = shades(results)
    parts = np.char.strip(results[f"/dpca/{shown[0][0]}/{shown[0][1]}/part"])
    figure, axes = plt.subplots(len(shown), len(parts) + 1, figsize=(1.6 * (len(parts) + 1), 1.35 * len(shown) + 0.7), squeeze=False, sharex="col")
    for row, (name, what) in zip(axes, shown):
        group = f"/dpca/{name}/{what}/"
        for axis, part in zip(row, parts):
            if f"{group}{part}/projected" not in results:
                axis.set_axis_off()
                continue
            courses = results[f"{group}{part}/projected"][..., 0]
            for k in range(0, len(courses), max(1, len(courses) // MOST)):
                axis.plot(courses[k], color=colours[k], linewidth=0.7)
            axis.annotate(f"{100 * results[f'{group}{part}/variance_ratio'][0]:.0f} %", (1, 0.02), xycoords="axes fraction", ha="right",
                          va="bottom", fontsize=7, bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.5})
            axis.axhline(0, color=GREY, linewidth=0.5, zorder=0)
            axis.set_yticks([])
            axis.spines["left"].set_visible(False)
        # Not the axis's label, which goes with the axis where the first part has no components.
        row[0].annotate(f"{name}\n{what}", (-0.06, 0.5), xycoords="axes fraction", rotation=90, ha="right", va="center", multialignment="center",
                        fontsize=plt.rcParams["axes.labelsize"])
        row[-1].barh(range(len(parts)), 100 * results[group + "variance_ratio"], color=BLUE, height=0.6)
        row[-1].set_yticks(range(len(parts)), [part.replace("_", " x ") for part in parts])
        row[-1].invert_yaxis()
        row[-1].set_xlim(0, 100)
    for axis, part in zip(axes[0], parts):
        axis.set_title(part.replace("_", " x "))
    for axis in axes[-1][:-1]:
        axis.set_xlabel("step")
    axes[-1][-1].set_xlabel("part of the variance (%)")
    entitle(figure, f"{results.title}: leading demixed components, coloured by {meaning}")
    save(figure, results, "dpca")
