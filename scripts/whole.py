"""A file that appears whole, or not at all."""
import contextlib
import fcntl
import os


def remove_left(file):
    """What a killed process left of this file: as tsd's own, temporaries are locked as long as somebody writes to them."""
    for left in file.parent.glob(f"{file.name}.tmp*-*"):
        with contextlib.suppress(OSError), left.open("r+b") as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(held.fileno()), left.stat()):  # and no later one of that name
                left.unlink()


def locked(part):
    """The file, new. Another writer may take it for a left one until it is locked."""
    while True:
        held = part.open("wb")
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(held, fcntl.LOCK_SH)
        if part.exists():
            return held
        held.close()


def write_whole(file, content):
    """Bytes, or text as UTF-8. OSError with the name of the file."""
    part = file.with_name(f"{file.name}.tmp{os.getpid()}-0")
    try:
        remove_left(file)
        with locked(part) as held:
            held.write(content.encode() if isinstance(content, str) else content)
            held.flush()
            part.replace(file)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise OSError(error.errno, error.strerror, str(file)) from None
