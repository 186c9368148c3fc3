"""Looks at every figure that a script of scripts/plot stores, where this folder is in PYTHONPATH: what is wrong goes to standard error."""
import sys

try:
    from figure_problems import watch
except ImportError:  # no matplotlib: the script says so itself
    pass
else:
    watch(lambda title, problem: print(f"figure {title!r}: {problem}", file=sys.stderr))
