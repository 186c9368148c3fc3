"""The figure of tsd analyze RUN --only mechanism: layer by layer, what familiar scenes are told by."""
from style import BLUE, GREY, ORANGE, finite_span, np, plt


def numbered(group, name, layer):
    return f"{group}/{name}_{layer + 1}"


def drive(axes, analysis, group, layer, opposition):
    """What W and what P give to each neuron."""
    for kind, colour, column in (("novel", BLUE, 0), ("familiar", ORANGE, 1)):
        axes.plot(analysis[numbered(group, f"fixed_{kind}", layer)], analysis[numbered(group, f"memory_{kind}", layer)], "o", color=colour,
                  markersize=2.5, markeredgewidth=0, alpha=0.8, label=f"{kind}, r {opposition[column]:.2f}".replace("-", "−"))
    axes.axhline(0, color=GREY, linewidth=0.6, zorder=0)
    axes.axvline(0, color=GREY, linewidth=0.6, zorder=0)
    axes.set(xlabel="by weights", ylabel="by memory")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, handletextpad=0.1, columnspacing=0.8, borderpad=0.1)


def ranked(axes, values, label, colour=BLUE, **looks):
    axes.plot(np.arange(1, len(values) + 1), np.sort(values), ".", color=colour, markersize=3, **looks)
    axes.set(xlabel="neuron, sorted", ylabel=label)


def selectivity(axes, analysis, group, layer, decoded):
    values = analysis[numbered(group, "selectivity", layer)]
    ranked(axes, values[np.isfinite(values)], "familiar − novel (SD)")
    axes.axhline(0, color=GREY, linewidth=0.6, zorder=0)
    axes.set_title("AUC {:.2f}; age, R² {:.2f}".format(*decoded).replace("-", "−"), fontsize=7.5, fontweight="normal", loc="center")


def persistence(axes, analysis, group, layer, R, rank):
    values = analysis[numbered(group, "persistence", layer)]
    axes.plot(np.arange(len(values)), values, color=BLUE, linewidth=1.2)
    axes.axvline(R, color=GREY, linewidth=0.8, linestyle=":")
    axes.set(xlabel="scenes later", ylabel="P, cosine", ylim=(min(0, values.min()), 1.02), xlim=(0, len(values) - 1))
    axes.set_title(f"{rank:.1f} directions", fontsize=7.5, fontweight="normal", loc="center")


def lesions(axes, analysis, group, layer, without_memory):
    path, intact = numbered(group, "without_neuron", layer), analysis[f"{group}/intact"]
    drawn = [intact]
    if path in analysis:
        ranked(axes, analysis[path], "accuracy", zorder=3)
        drawn = np.append(drawn, analysis[path])
    axes.axhline(intact, color=GREY, linewidth=0.8, label="whole")
    if without_memory is not None:
        drawn = np.append(drawn, without_memory)
        axes.axhline(without_memory, color=ORANGE, linewidth=1, linestyle="--", label="without P")
    axes.set(xlabel="neuron held at 0, sorted", ylabel="accuracy", ylim=(finite_span(drawn, 0.5)[0] - 0.05, 1.02))
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, handlelength=1.4, columnspacing=0.8, borderpad=0.1)


def mechanism(run):
    analysis = run.results.analysis("mechanism")
    if analysis is None or str(run.seeds[0]) not in analysis.names("/runs"):
        return
    models = [f"/runs/{run.seeds[0]}/{name}" for name in analysis.names(f"/runs/{run.seeds[0]}")]
    group = max(models, key=lambda model: int(analysis.attribute(model, "R")))
    R = int(analysis.attribute(group, "R"))
    decoded = np.stack([analysis[f"{group}/decoded_familiarity"], analysis[f"{group}/decoded_age"]], axis=1)
    plastic = len(analysis[f"{group}/rank"]) if f"{group}/rank" in analysis else 0
    figure, axes = plt.subplots(len(decoded), 4, figsize=(7.2, 2.0 * len(decoded)), squeeze=False)
    for layer, row in enumerate(axes):
        if layer < plastic:
            drive(row[0], analysis, group, layer, analysis[f"{group}/opposition"][layer])
            persistence(row[2], analysis, group, layer, R, analysis[f"{group}/rank"][layer])
        else:
            row[0].set_axis_off(), row[2].set_axis_off()
        selectivity(row[1], analysis, group, layer, decoded[layer])
        lesions(row[3], analysis, group, layer, analysis[f"{group}/without_memory"][layer] if layer < plastic else None)
        row[0].annotate(f"layer {layer + 1}", (0, 1), (-24, 22), xycoords="axes fraction", textcoords="offset points", fontweight="bold",
                        annotation_clip=False)
    run.save(figure, "mechanism", f"seed {run.seeds[0]}, R = {R}")
