"""The page of CKA and representational similarity of N-back runs."""
from panels.nback_panels import TASK_COLOURS, band, draw_matrix, label_contexts, legend_above, names_of, page, short, stacked, style_of
from style import CHANCE, heat_map, np


def found(runs, path):
    return stacked(runs, "similarity", "/similarity/" + path)


def contexts_of(runs):
    return names_of(runs, "similarity", "/similarity/contexts")


def draw_steps(axes, runs, kind, title):
    draw_matrix(axes, found(runs, "steps/" + kind).mean(axis=(0, 1)), title, "step", "step")


def draw_tasks(axes, runs, kind, title):
    values = found(runs, "tasks/" + kind).mean(axis=(0, 1))
    small = len(values) > 4
    heat_map(axes, values, labels=np.vectorize(lambda v: f"{100 * v:.0f}")(values) if small else None)
    axes.set(title=title + (" (%)" if small else ""))
    label_contexts(axes, contexts_of(runs), contexts_of(runs))


def draw_model(axes, runs, lag):
    """How much of the geometry is the property of the item on screen, or of the one before, by context."""
    values = found(runs, "models/rsa")  # run, context, step, property, item
    steps = np.arange(lag, values.shape[2])
    contexts, properties = contexts_of(runs), names_of(runs, "similarity", "/similarity/properties")
    for p, name in enumerate(properties):
        for c, context in enumerate(contexts):
            if context.partition(" ")[0] not in (name, "all"):
                continue
            along = np.stack([values[:, c, t, p, t - lag] for t in steps], axis=1)
            band(axes, steps, along, TASK_COLOURS[name], name if context == "all" else short(context),
                 **{**style_of(context), "color": TASK_COLOURS[name]})
    axes.axhline(0, **CHANCE)
    axes.set(title="Own property, " + ("on screen" if lag == 0 else "one step ago"), xlabel="step", ylabel="rank correlation")
    legend_above(axes, 3)


def similarity_page(runs, folder, title):
    panels = [(draw_steps, ("cka", "CKA of steps")), (draw_tasks, ("cka", "CKA of tasks")), (draw_model, (0,)),
              (draw_steps, ("rsa", "RSA of steps")), (draw_tasks, ("rsa", "RSA of tasks")), (draw_model, (1,))]
    page(runs, folder, "similarity", title, [("similarity", "/similarity", draw, words) for draw, words in panels])
