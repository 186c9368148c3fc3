"""What students score on samples that they are tested with, and rules of the backward weights side by side."""
from style import (BLUE, CHANCE, GREEN, GREY, ORANGE, PURPLE, SKY, YELLOW, NotDrawn, common_folder, configs, entitle, finite_span,
                   np, plt, save_in)

LOOKS = {"BP": ("black", "-"), "FA": (ORANGE, "-"), "PAL": (BLUE, "-"), "KP": (GREEN, "--"), "WM": (PURPLE, "-"), "SS": (SKY, "--"),
         "DFA": (YELLOW, "-."), "DTPDRL": ("black", "--"), "LDRL": ("black", ":")}  # colour and line of a rule
CLASSES = ("#d9d9d9", "#4a4a4a", YELLOW)
FEWEST = 3  # students that an interval is drawn of: that of two has no use


def label_angles(axes, values):
    """Degrees, from 0 to the right angle of random matrices and as far beyond as there are some."""
    top = max(100, min(180, 30 * int(np.ceil(finite_span(values)[1] / 30))))
    axes.set_ylim(-0.02 * top, 1.02 * top)
    axes.set_yticks(range(0, top + 1, 30))
    axes.axhline(90, **CHANCE)


def tested(results):
    return "/summary/test_accuracy" in results


def tests(run):
    """Accuracy over epochs, seed by seed, and, of points in the plane, what the first student answers."""
    results = run.results
    if not tested(results):
        return
    epochs, points = results["/test/epoch"], results["/test/r0"]
    plane = results.setting("task") == "yin_yang"
    figure, row = plt.subplots(1, 2 if plane else 1, figsize=(6.2 if plane else 3.6, 2.7), squeeze=False)
    axes = row[0, 0]
    for seed in run.seeds:
        axes.plot(epochs, results[f"/students/{seed}/test/accuracy"], color=run.colours[seed], linewidth=0.7, alpha=0.6,
                  label="seed by seed" if seed == run.seeds[0] else None)
    draw_accuracy(axes, results, ("black", "-"), "mean, 95 % interval" if len(run.seeds) >= FEWEST else f"mean of {len(run.seeds)} seeds")
    axes.legend(loc="lower right")
    if plane:
        seed = next(seed for seed in run.seeds if f"/students/{seed}/test/answer" in results)
        answer, truth = results[f"/students/{seed}/test/answer"].argmax(axis=1), results["/test/class"]
        draw_answers(row[0, 1], points, answer, truth)
        row[0, 1].set_title(f"seed {seed}: answers, wrong ones ringed", fontsize=8)
    run.save(figure, "tests")


def draw_answers(axes, points, answer, truth):
    wrong = answer != truth
    axes.scatter(*points[:, :2].T, c=[CLASSES[k] for k in answer], s=7, linewidth=0)
    axes.scatter(*points[wrong, :2].T, facecolor="none", edgecolor=BLUE, s=18, linewidth=0.7)
    axes.set(aspect="equal", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel="input 1", ylabel="input 2")


def draw_tested(axes, results, name, looks, label, most=None):
    """Mean over students and its interval, as far as there can be such values; of few no interval."""
    mean, half = results[f"/summary/test_{name}"], results[f"/summary/test_{name}_interval"]
    colour, line = looks
    if len(results["/seeds"]) >= FEWEST:
        axes.fill_between(results["/test/epoch"], *np.clip((mean - half, mean + half), 0, most), color=colour, alpha=0.2, linewidth=0)
    axes.plot(results["/test/epoch"], mean, color=colour, linestyle=line, label=label, linewidth=1.2)


def draw_accuracy(axes, results, looks, label):
    draw_tested(axes, results, "accuracy", looks, label, most=1)
    axes.axhline(1 / results["/test/target"].shape[1], **CHANCE)
    axes.set(xlabel="epoch", ylabel="test accuracy", ylim=(0, 1.02))


def draw_error(axes, run, looks, label):
    """On test samples with intervals, or against the target while learning: a mean over students and a fiftieth of the time."""
    if tested(run.results):
        draw_tested(axes, run.results, "error", looks, label)
        axes.set(xlabel="epoch", ylabel="squared error, test")
        return
    errors = error(run)
    if errors is not None:
        window = max(1, len(errors) // 50)
        run.draw(axes, np.convolve(errors, np.ones(window) / window, "valid"), color=looks[0], linestyle=looks[1], linewidth=1.2, label=label)
        axes.set(yscale="log", ylabel="squared error")
        run.label_time(axes)


def error(run):
    """Mean over students of the squared error against the target, or nothing."""
    series = [f"/students/{seed}/record/MSE" for seed in run.seeds]
    if not all(path in run.results for path in series):
        return None
    return np.nanmean([run.results[path] for path in series], axis=0)


def rules(runs):
    """Runs that differ in model_type: angle of BPP to the transposed weights by hidden layer, and error over time."""
    names = [run.results.setting("model_type") for run in runs]
    if len(set(names)) < 2:
        return
    hidden = [run.results["/summary/mean_angle_WPPT_BPP"].shape[1] for run in runs]
    layers = hidden[0]
    for run, found in zip(runs, hidden):
        if found != layers:
            raise NotDrawn(f"rules: runs of different layers: {run.results.path}: expected {layers} hidden ones, got {found}")
    columns = layers + 1 + all(tested(run.results) for run in runs)
    figure, row = plt.subplots(1, columns, figsize=(2.3 * columns + 0.5, 2.7), squeeze=False)
    angles = [run.training("/summary/mean_angle_WPPT_BPP") for run in runs]
    for name, run, angle in zip(names, runs, angles):
        looks = LOOKS.get(name, (GREY, "-"))
        for layer, axes in enumerate(row[0, :layers]):
            run.draw(axes, angle[:, layer], color=looks[0], linestyle=looks[1], linewidth=1.2)
            axes.set_title(f"hidden layer {layer + 1}")
            run.label_time(axes)
        draw_error(row[0, layers], run, looks, name)
        if columns > layers + 1:
            draw_accuracy(row[0, -1], run.results, looks, name)
    for axes in row[0, :layers]:
        label_angles(axes, np.concatenate(angles))
    if row[0, layers].get_yscale() == "linear":
        row[0, layers].set_ylim(bottom=0)  # once all are drawn: a limit holds for what comes later, too
    row[0, 0].set_ylabel(r"$B$ to $W^{T}$ (°)")
    labelled = next(axes for axes in row[0, ::-1] if axes.get_legend_handles_labels()[1])
    figure.legend(*labelled.get_legend_handles_labels(), loc="outside lower center", ncols=len(runs), handlelength=2)
    results = [run.results for run in runs]
    intervals = columns > layers + 1 and all(len(run.seeds) >= FEWEST for run in runs)
    entitle(figure, f"{configs(results)}: rules of the backward weights, means over seeds" + (", 95 % intervals of tests" if intervals else ""))
    save_in(common_folder(results), figure, "rules")
