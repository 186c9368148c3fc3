#!/usr/bin/env python3
"""tsd's analyses of a small run, in modes corrected and reference, beside scikit-learn's and NumPy's; skipped where
scikit-learn is missing."""
import subprocess
import sys
import tempfile
from pathlib import Path


def main(source, binary):
    with tempfile.TemporaryDirectory() as out:
        run = Path(out, "nback_smoke")
        subprocess.run([binary, "train", "--config", source / "configs/nback/smoke.yaml", "--out", out, "--quiet", "num_train=320"], check=True)

        def analyze(name, *words):
            subprocess.run([binary, "analyze", run, "--only", name, *words], check=True, capture_output=True)

        def compare(script):
            return subprocess.run([sys.executable, source / "scripts/reference/oracles/nback" / script, run]).returncode

        for name in ("extract", "decoding", "orthogonalization", "efficiency", "behaviour", "similarity"):
            analyze(name)
        if code := compare("decoders.py"):
            return code
        for name in ("decoding", "temporal", "task_relevance", "cross_task", "procrustes", "efficiency", "perturbation"):
            analyze(name, "analysis.mode=reference")
        analyze("orthogonalization", "analysis.mode=reference", "analysis.contexts=pooled")  # as the original does
        return compare("reference_mode.py")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
