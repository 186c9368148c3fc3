"""The pictures of docs/gallery.md: which there are, from which runs, and the page; for scripts/gallery and its test."""
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
LIST = Path(__file__).with_name("gallery.yaml")
FAMILIES = {"nback": "N-back", "dual_stream": "Dual streams", "plastic": "Plastic networks", "microcircuit": "Microcircuits", "layered": "Layered networks",
            "ctd_task": "Task-trained networks", "ctd_data": "Data-trained models", "compare": "Comparison", "sweep": "Sweeps"}
HEAD = """# Gallery

Every picture that `tsd plot` draws, each of a short run of a shipped config: they show what is drawn, not what comes out at full
length; that is under *Measured*. `scripts/gallery` makes the runs and this page.

The lines above a picture make it, from the folder of the repository; `flip_flop/ctd_task` and the like are runs of other lines here.

`tsd plot RUN... [--format png|pdf|svg] [--style paper|talk]` writes them beside the results: PNG and PDF without `--format`, and
at the size that they have on a page; `talk` makes them 1.75 times as large with type of twice the size, for slides. Colours are
told apart by every kind of colour vision; nothing is written below 6 points.
"""


def described(script):
    """What a script of scripts/plot says of its figures: name, meaning."""
    text = (ROOT / f"scripts/plot/{script}.py").read_text(encoding="utf-8").split('"""')[1]
    figures = {}
    for line in text.splitlines():
        if found := re.fullmatch(r"(\w+)  +(\S.*)", line):
            name, figures[found[1]] = found[1], found[2]
        elif figures and re.match(r" {6,}\S", line):
            figures[name] += " " + line.strip()
        elif figures and not line.strip():
            name = None
    return figures


@dataclass
class Pictured:
    """A run, or several, and the figures that are taken from it."""
    name: str
    config: str
    figures: list
    words: list = field(default_factory=list)
    variants: dict = field(default_factory=lambda: {"": []})  # name: words
    index: int = None
    begin_end: list = None
    sweep: str = None  # a block of its own; drawn as a sweep
    analyses: list = field(default_factory=list)  # name and words
    shown: str = None  # the one of several runs that is drawn

    def configured(self, key):
        """What stands behind a key of the config, or of those that it extends; None where it is in none."""
        path = ROOT / self.config
        while True:
            text = path.read_text(encoding="utf-8")
            if found := re.search(rf"^{key}:(.*)", text, re.M):
                return found[1].strip()
            if not (base := re.search(r"^extends: *(\S+)", text, re.M)):
                return None
            path = path.parent / base[1]

    @property
    def family(self):
        return "sweep" if self.sweep else self.configured("family")

    @property
    def chosen(self):
        """Words behind the config."""
        indices = [] if self.index is None else ["--index", str(self.index)]
        if self.begin_end:
            indices = ["--begin", str(self.begin_end[0]), "--end", str(self.begin_end[1])]
        return [*indices, *map(str, self.words)]

    def config_in(self, folder):
        """The shipped one; or one that adds a sweep to it."""
        if not self.sweep:
            return ROOT / self.config
        path = folder / self.name / "sweep.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.swept(ROOT / self.config), encoding="utf-8")
        return path

    def swept(self, base):
        """A config that adds the sweep to another."""
        return f"extends: {base}\nfamily: {self.configured('family')}\nsweep:\n  {self.sweep}\n"

    def training(self, config):
        """Words behind tsd by the folder that is trained into, variant by variant."""
        outs = {variant: f"{self.name}/{variant}".rstrip("/") for variant in self.variants}
        return {outs[variant]: ["train", "--config", str(config), "--out", outs[variant], *self.chosen, *words]
                for variant, words in self.variants.items()}

    def analysing(self, run):
        """The same by the name of an analysis."""
        return {analysis.split()[0]: ["analyze", str(run), "--only", *analysis.split()] for analysis in self.analyses}

    def runs(self, folder):
        return sorted((path.parent for path in (folder / self.name).rglob("status.json")), key=lambda run: (len(run.name), str(run)))

    def trained(self, run):
        return (run / "results.h5").exists()

    def drawn(self, folder):
        return [run for place in self.places for run in sorted(folder.glob(place), key=lambda run: (len(run.name), str(run)))]

    def find(self, folder, figure):
        found = sorted((folder / self.name).rglob(f"{figure}.png"), key=lambda path: (len(path.parts), str(path)))
        return found[0] if found else (folder / self.name / f"{figure}.png")

    def picture(self, figure):
        return ROOT / f"docs/gallery/short/{self.family}_{figure}.png"

    @property
    def places(self):
        """Patterns of the runs that are drawn, variant by variant, as a shell takes them."""
        config = Path("sweep" if self.sweep else self.config)
        name = f"{config.parent.name}_smoke" if config.stem == "smoke" else config.stem  # as tsd calls it
        one = "" if self.sweep or self.configured("sweep") is None else "/[0-9]*"
        if self.index is not None or self.shown is not None:
            one = f"/{self.index if self.shown is None else self.shown}"
        return [f"{out}/{name}{one}" for out in self.training(config)]

    def commands(self):
        """Lines of a shell that make the pictures, from the folder of the repository."""
        config = "sweep.yaml" if self.sweep else self.config
        places = self.places
        lines = [f"cat > {config} <<'END'\n{self.swept(self.config)}END"] if self.sweep else []
        lines += [f"tsd {shlex.join(words)}" for words in self.training(config).values()]
        lines += [f"tsd {' '.join(words)}" for place in places for words in self.analysing(place).values()]
        return lines + ([f"tsd plot {' '.join(places)}"] if self.figures else [])


def listed(path=LIST):
    return [Pictured(**one) for one in yaml.safe_load(path.read_text(encoding="utf-8"))["runs"]]


def shrink(source, target):
    """Half the resolution and 64 colours: a tenth of the bytes. Octrees keep the hues of thin lines."""
    from PIL import Image
    with Image.open(source) as image:
        image = image.convert("RGB")
        small = image.resize((image.width // 2, image.height // 2), Image.LANCZOS)
    target.parent.mkdir(parents=True, exist_ok=True)
    small.quantize(64, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(target, optimize=True)


def section(family, listed):
    lines = [f"## {FAMILIES[family]}"]
    meanings, commands = described(family), []
    for one in listed:
        if one.family != family:
            continue
        commands += one.commands()
        if not one.figures:  # what another is compared with
            continue
        lines += ["", "\n".join(["```bash", *commands, "```"])]
        commands = []
        for figure in one.figures:
            lines += ["", f"**`{figure}`**: {meanings[figure]}", "", f"![{figure} of {FAMILIES[family]}](gallery/short/{family}_{figure}.png)"]
    return "\n".join(lines)


def page(listed):
    return "\n\n".join([HEAD.rstrip(), *(section(family, listed) for family in FAMILIES)]) + "\n"


def write_page(listed):
    (ROOT / "docs/gallery.md").write_text(page(listed), encoding="utf-8")
    print("wrote docs/gallery.md")
