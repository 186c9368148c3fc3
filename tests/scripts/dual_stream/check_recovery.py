#!/usr/bin/env python3
"""The page on models found again, from results with known numbers: check_recovery.py SOURCE_DIR."""
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np

SOURCE = Path(sys.argv[1])
sys.path.insert(0, str(SOURCE / "scripts/reference/agreement"))
import dual_stream_recovery as recovery  # noqa: E402  (where the source lies is told)

PEOPLE, TRIALS = 6, 4000
YAML = {"gcm": "fast: gcm\nslow: none\ngcm:\n  c: 7.5\n  noise: 0.5\n", "alcove": "fast: alcove\nslow: dnn\nalcove: {b: 1, c: 6.25}  # as YAML has it, too\n"}
KEYS = {"gcm": ["gcm.c", "gcm.noise"], "alcove": ["alcove.c"]}


def simulated(folder, model, p):
    """One type, all participants with the same p(class 1)."""
    folder.mkdir(parents=True)
    with h5py.File(folder / "results.h5", "w") as results:
        results["provenance/config_yaml"] = YAML[model]
        z = np.zeros((PEOPLE, 2, TRIALS // 2, 2))
        z[..., 1] = np.log(p / (1 - p))
        results["type3/trials/logits_fast"], results["type3/trials/logits_slow"] = 0.25 * z, 0.75 * z
        results["type3/order"] = np.broadcast_to(np.arange(TRIALS // 2) % 8, z.shape[:3])


def fitted(folder, model, log_likelihood):
    folder.mkdir(parents=True)
    with h5py.File(folder / "results.h5", "w") as results:
        results["provenance/config_yaml"] = YAML[model] + "fit:\n  starts: 2\n  evaluations: 70\n"
        results["fit/parameters"] = np.array(KEYS[model], "S")
        results["fit/individual/log_likelihood"] = np.array(log_likelihood, float)
        results["fit/individual/best"] = np.arange(1, PEOPLE + 1)[:, None] * np.ones(len(KEYS[model]))


def main():
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for index, (model, p) in enumerate((("gcm", 0.8), ("alcove", 0.25))):
            run = folder / "recovery" / str(index)
            simulated(run, model, p)
            recovery.draw_answers(run, run / "answers.csv")
            rows = (run / "answers.csv").read_text().splitlines()
            assert rows[0] == "participant,problem,trial,item,response" and len(rows) == 1 + PEOPLE * TRIALS
            assert rows[1 + TRIALS + 3].startswith("1,3,3,3,"), rows[1 + TRIALS + 3]
            share = np.mean([int(row[-1]) for row in rows[1:]])
            assert abs(share - p) < 4 * np.sqrt(p * (1 - p) / (PEOPLE * TRIALS)), share
        # The second parameter of gcm costs 1 of AIC's ln L and ln(4000) / 2 = 4.15 of BIC's: in answers of gcm it wins by AIC where it is
        # better by more than 1 (five of six), by BIC where by 5 (three); alcove's own are found always.
        gains = [2, 2, 0.5, 5, 5, 5]
        fitted(folder / "recovered/0/recovery_fit/0", "gcm", [-100 + gain for gain in gains])
        fitted(folder / "recovered/0/recovery_fit/1", "alcove", [-100] * PEOPLE)
        fitted(folder / "recovered/1/recovery_fit/0", "gcm", [-100] * PEOPLE)
        fitted(folder / "recovered/1/recovery_fit/1", "alcove", [-100] * PEOPLE)
        done = subprocess.run([sys.executable, SOURCE / "scripts/reference/agreement/dual_stream_recovery.py", folder], text=True,
                              capture_output=True, env={"TSD": "true", "PATH": "/usr/bin:/bin"})
        assert done.returncode == 0, done.stderr
        by_aic, by_bic = done.stdout.split("## By Akaike's criterion")[1].split("## By Schwarz' criterion")
        assert "| `gcm` | **5** | 1 |\n| `alcove + dnn` | 0 | **6** |" in by_aic, by_aic
        assert "| `gcm` | **3** | 3 |\n| `alcove + dnn` | 0 | **6** |" in by_bic, by_bic
        assert "`gcm` 50%, `alcove + dnn` 100%; 75% in all" in by_bic, by_bic
        assert "Of those given to each model its own are: `gcm` 100%, `alcove + dnn` 86%.\n" in by_aic, by_aic
        assert "Of those given to each model its own are: `gcm` 100%, `alcove + dnn` 67%.\n" in by_bic, by_bic
        # Summed over people gcm gains 19.5 and pays 6 x 1 or 6 x 4.15.
        assert "by 2 searches of 70 models" in done.stdout
        assert "Akaike's criterion summed over all 6 participants, the right model is found for 2 of 2." in by_bic, by_bic
        assert "for 1 of 2: not for `gcm` (`alcove + dnn`)" in by_bic, by_bic
        assert "| `gcm` | `gcm.c` | 7.5 | 3.5 | 2.25 to 4.75 |\n|  | `gcm.noise` | 0.5 |" in by_bic, by_bic
        assert "| `alcove + dnn` | `alcove.c` | 6.25 |" in by_bic, by_bic


main()
