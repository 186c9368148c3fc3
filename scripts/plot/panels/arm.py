"""The arm of ctd_task as a drawing and as an animation: two segments, six muscles, goal, hand and force."""
from style import BLUE, GREEN, GREY, ORANGE, PURPLE, np, plt

from matplotlib.animation import FuncAnimation, PillowWriter

UPPER_ARM, FOREARM = 0.309, 0.333  # m
STEP = 0.01  # s
STRIDE = 4   # steps per frame
COMMANDS = (-0.2, 0.6)  # ends of the colour scale


def points(q):
    """Shoulder, elbow and hand in m, [3, 2]."""
    both = q[0] + q[1]
    elbow = UPPER_ARM * np.array([np.cos(q[0]), np.sin(q[0])])
    return np.stack([np.zeros(2), elbow, elbow + FOREARM * np.array([np.cos(both), np.sin(both)])])


def muscles(joints):
    """Where to draw the six muscles, flexors on the inner side: [6, points, 2]. A picture, not their geometry."""
    shoulder, elbow, hand = joints
    upper, fore = (elbow - shoulder) / UPPER_ARM, (hand - elbow) / FOREARM
    inner = np.array([-upper[1], upper[0]])
    inner_fore = np.array([-fore[1], fore[0]])
    bend = (inner + inner_fore) / 2
    paths = ((np.array([-0.12, 0.01]), 0.03 * upper + 0.07 * inner, 0.12 * upper + 0.02 * inner),
             (np.array([-0.08, -0.07]), 0.03 * upper - 0.07 * inner, 0.12 * upper - 0.02 * inner),
             (0.2 * upper + 0.015 * inner, elbow + 0.06 * bend, elbow + 0.16 * fore + 0.015 * inner_fore),
             (0.1 * upper - 0.015 * inner, elbow - 0.05 * bend, elbow + 0.04 * fore - 0.015 * inner_fore),
             (0.02 * inner, 0.18 * upper + 0.08 * inner, elbow + 0.07 * fore + 0.015 * inner_fore),
             (-0.02 * inner, 0.18 * upper - 0.08 * inner, elbow + 0.02 * fore - 0.025 * inner_fore))
    s = np.linspace(0, 1, 12)[:, None]
    return [(1 - s) ** 2 * a + 2 * s * (1 - s) * b + s ** 2 * c for a, b, c in paths]


def frame(axis):
    axis.set(xlim=(-0.7, 0.7), ylim=(-0.3, 0.75), aspect="equal", xticks=(), yticks=())


class Film:
    """One reach in one panel. trial: arrays over time by name."""

    def __init__(self, axis, trial):
        self.trial, self.steps = trial, len(trial["controlled"])
        frame(axis)
        self.path, = axis.plot([], [], color=GREY, linewidth=0.8)
        self.shown, = axis.plot([], [], "s", color=ORANGE, markersize=7, label="target shown")
        self.goal, = axis.plot([], [], "s", color=GREEN, markersize=5, label="goal")
        self.muscles = [axis.plot([], [], linewidth=2.5, solid_capstyle="round")[0] for _ in range(6)]
        self.arm, = axis.plot([], [], "o-", color=BLUE, linewidth=3, markersize=4)
        self.force, = axis.plot([], [], color=PURPLE, linewidth=2, label="force")
        axis.plot([-0.6, 0.6], [-0.27, -0.27], color=GREY, linewidth=1)
        self.bar, = axis.plot([], [], color="black", linewidth=3)

    def show(self, t):
        trial, joints = self.trial, points(self.trial["joints"][t])
        hand = trial["controlled"][t]
        self.path.set_data(*trial["controlled"][:t + 1].T)
        target = trial["true_inputs"][t, :2]
        self.shown.set_data(*(target[:, None] if np.any(target) else ([], [])))
        self.goal.set_data(*trial["targets"][t][:, None])
        self.arm.set_data(*joints.T)
        push = hand + 0.02 * trial["inputs_to_env"][t]
        self.force.set_data([hand[0], push[0]], [hand[1], push[1]])
        for line, path, command in zip(self.muscles, muscles(joints), trial["actions"][t]):
            line.set_data(*path.T)
            line.set_color(plt.cm.coolwarm(np.interp(command, COMMANDS, (0, 1))))
        self.bar.set_data([-0.6, -0.6 + 1.2 * (t + 1) / self.steps], [-0.27, -0.27])


def animate(path, trials):
    """Reaches beside each other in real time, as a GIF."""
    figure, axes = plt.subplots(1, len(trials), figsize=(3 * len(trials), 2.8), squeeze=False, dpi=80)
    films = [Film(axis, trial) for axis, trial in zip(axes[0], trials)]
    axes[0, 0].legend(loc="upper left", fontsize=6)
    figure.colorbar(plt.cm.ScalarMappable(plt.Normalize(*COMMANDS), "coolwarm"), ax=axes[0, -1], shrink=0.6, label="command")

    def draw(t):
        for film in films:
            film.show(min(t, film.steps - 1))

    film = FuncAnimation(figure, draw, range(0, films[0].steps, STRIDE), init_func=lambda: None)
    film.save(path, PillowWriter(fps=round(1 / (STRIDE * STEP))), dpi=80)
    plt.close(figure)
    print(path)
