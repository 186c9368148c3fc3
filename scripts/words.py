"""Words of a command line."""
import argparse
from pathlib import Path


def folder(text):
    """A path. An empty word is a variable of the shell that was not set, and no place."""
    if not text:
        raise argparse.ArgumentTypeError("an empty word; is a variable of the shell not set?")
    return Path(text)
