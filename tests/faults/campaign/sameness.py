"""What two folders must have in common, and whether a plain reader opens what lies in one."""
import json
import os
import re
import shutil
import struct
import zlib
from pathlib import Path

import h5py

from lab import expect

TEMPORARY = re.compile(r"\.tmp[0-9-]+$")
# Times and places, not results: log and status are read by people and by `tsd list`; prev.safetensors is the last checkpoint but one,
# and which step that is of depends on when checkpoints were made; the lock names the last process; events have their times.
ASIDE = {"run.log", "status.json", "prev.safetensors", ".lock", "metrics.altered.csv", "events.out.tfevents.tsd"}
TIMES = ("created_utc",)  # root attributes of an HDF5 file; everything else in it must be the same, byte for byte


def copy(source, target):
    shutil.copytree(source, target, dirs_exist_ok=True)


def copy_file(file, folder):
    shutil.copy(file, folder)


def files_below(folder):
    return sorted(path for path in Path(folder).rglob("*") if path.is_file() and not path.is_symlink())


def content(path):
    """The bytes of a file, times aside."""
    content = path.read_bytes()
    if path.suffix == ".h5":
        with h5py.File(path) as file:
            times = [file.attrs[name] for name in TIMES if name in file.attrs]
        for time in times:
            content = content.replace(time.encode(), b"-" * len(time))
        content = re.sub(rb"tsd-xxh3_128 [0-9a-f]{32}\n\Z", b"", content)  # a checksum behind the end, if there is one
    if path.suffix == ".pdf":
        content = re.sub(rb"/CreationDate \(.*?\)", b"", content)
    return content


def differing(whole, parts):
    """Names of files that are not the same in both folders, with a word that says how."""
    names = {}
    for side, folder in enumerate((whole, parts)):
        for path in files_below(folder):
            name = str(path.relative_to(folder))
            if path.name not in ASIDE and not TEMPORARY.search(path.name):
                names.setdefault(name, [None, None])[side] = path
    found = []
    for name, (a, b) in sorted(names.items()):
        if a is None or b is None:
            found.append(f"{name} {'is new' if a is None else 'is missing'}")
        elif content(a) != content(b):
            found.append(f"{name} differs")
    return found


def same(whole, parts):
    found = differing(whole, parts)
    expect(not found, "; ".join(found))


def opens(folder):
    """Every file under a final name is whole, as a reader finds it that knows nothing of tsd."""
    for path in files_below(folder):
        reader = READERS.get(path.suffix)
        if TEMPORARY.search(path.name) or reader is None:
            continue
        try:
            reader(path)
        except FileNotFoundError:
            continue  # replaced while we looked
        except Exception as error:
            expect(False, f"{path} does not open: {error!r}")


def temporaries(folder):
    return [path.name for path in files_below(folder) if TEMPORARY.search(path.name)]


def tidy(folder):
    left = temporaries(folder)
    expect(not left, f"left behind: {left}")


def open_hdf5(path):
    with h5py.File(path) as file:
        file.visititems(lambda name, item: isinstance(item, h5py.Dataset) and item[()] is None)


def open_safetensors(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    header.pop("__metadata__", None)
    data = max((entry["data_offsets"][1] for entry in header.values()), default=0)
    assert os.path.getsize(path) == 8 + length + data, "cut short"


def open_csv(path):
    lines = path.read_text().splitlines()
    assert all(line.count(",") == lines[0].count(",") for line in lines), "a row has other columns than the first"


def open_png(path):
    content, at, kind = path.read_bytes(), 8, b""
    assert content.startswith(b"\x89PNG\r\n\x1a\n"), "no PNG"
    while at < len(content):
        (length,) = struct.unpack(">I", content[at:at + 4])
        kind, data = content[at + 4:at + 8], content[at + 8:at + 8 + length]
        assert struct.pack(">I", zlib.crc32(kind + data)) == content[at + 8 + length:at + 12 + length], f"{kind} is damaged"
        at += 12 + length
    assert kind == b"IEND", "cut short"


def open_pdf(path):
    assert path.read_bytes().rstrip().endswith(b"%%EOF"), "cut short"


READERS = {".h5": open_hdf5, ".safetensors": open_safetensors, ".csv": open_csv, ".png": open_png, ".pdf": open_pdf,
           ".json": lambda path: json.loads(path.read_text())}
