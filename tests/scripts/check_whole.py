#!/usr/bin/env python3
"""check_whole.py SOURCE: writers of the same file do not disturb each other, what a killed one left goes, and an error names the file."""
import multiprocessing
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(sys.argv[1]) / "scripts"))
from whole import write_whole  # noqa: E402  (its folder is put on the path first)


def write(file, number):
    for turn in range(400):
        write_whole(file, f"{number} {turn}\n" * 100)


def main():
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "trials.csv"
        writers = [multiprocessing.Process(target=write, args=(file, number)) for number in range(4)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert [writer.exitcode for writer in writers] == [0] * 4
        assert len(set(file.read_text().splitlines())) == 1
        file.with_name("trials.csv.tmp4194305-0").write_text("left")
        write_whole(file, b"\xff")
        assert file.read_bytes() == b"\xff" and [path.name for path in file.parent.iterdir()] == ["trials.csv"]
        try:
            write_whole(file / "below", "")
        except OSError as error:
            assert error.filename == str(file / "below") and error.strerror == "Not a directory", error
        else:
            raise AssertionError("a file below a file")


if __name__ == "__main__":
    main()
