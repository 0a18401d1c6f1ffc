#!/usr/bin/env python3
"""Makes the corpora of all fuzz targets from the samples, the fixtures and the articles of this checkout.

Corpora are not kept in git: run this before fuzzing. What a target finds goes into the tests, not into a corpus."""
import pathlib
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
CORPUS = ROOT / "fuzz" / "corpus"
LARGEST = 256 << 10
# The order of FORMATS in src/source/mod.rs: the first byte of `formats` and `matcher`.
FORMATS = (
    "cbs dism setup setupapi windows-update reporting-events mosetup poqexec configmgr packages systeminfo "
    "msinfo setupdiag compat intune event registry listing text"
).split()


def add(target, name, data):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data[:LARGEST])


def archives():
    endings = {
        "zip": [".zip"], "cab": [".cab"], "seven": [".7z"], "tar": [".tar"], "gzip": [".gz", ".tgz"],
        "bzip2": [".bz2"], "xz": [".xz"], "lzma": [".lzma"], "zstd": [".zst"],
    }
    paths = list((ROOT / "samples").glob("*.zip")) + list((ROOT / "tests/fixtures/containers").glob("*.*"))
    for path in paths:
        for target, ends in endings.items():
            if any(path.name.endswith(end) for end in ends):
                add(target, path.name, path.read_bytes())
        first = {"zip": 0, "cab": 1, "7z": 2}.get(path.suffix[1:], 3)
        if path.suffix not in (".py", ".md"):
            add("analyze", path.name, bytes([first]) + path.read_bytes())
    for path in paths:
        if path.name.startswith(("gnu", "v7", "pax", "small.tgz", "bsd")):
            import gzip, bz2, lzma
            for opener in (gzip, bz2, lzma):
                try:
                    add("tar", path.name + ".tar", opener.open(path).read())
                    break
                except (OSError, EOFError, lzma.LZMAError):
                    pass


def logs():
    for path in (ROOT / "samples").glob("*.zip"):
        with zipfile.ZipFile(path) as archive:
            for number, name in enumerate(archive.namelist()):
                data = archive.read(name)
                label = f"{path.stem}-{number}"
                lower = name.lower()
                if not data or lower.endswith(".zip"):
                    continue
                if lower.endswith(".reg"):
                    add("registry", label, data)
                elif "event" in lower or "system" in lower or "evt" in lower:
                    add("event", label, data)
                elif "dir" in lower or "list" in lower:
                    add("listing", label, data)
                for target in ("formats", "matcher"):
                    first = FORMATS.index("cbs" if "cbs" in lower else "dism" if "dism" in lower else "setup")
                    add(target, label, bytes([first]) + data[: 16 << 10])
                add("analyze", label, bytes([4]) + data)


def articles():
    for path in (ROOT / "rules").rglob("*.md"):
        text = path.read_text(encoding="utf-8")
        add("article", path.stem + ".md", text.encode())
        number = 0
        for block in text.split("```")[1:]:
            words = block.split("\n", 1)[0].split()
            if len(words) == 2 and words[0].endswith("sample") and words[1] in FORMATS:
                number += 1
                body = block.split("\n", 1)[1].encode()
                for target in ("formats", "matcher"):
                    add(target, f"{path.stem}-{number}", bytes([FORMATS.index(words[1])]) + body)
                if words[1] in ("event", "registry", "listing"):
                    add(words[1], f"{path.stem}-{number}", body)


def binary():
    for path in (ROOT / "tests/fixtures/registry").glob("*.hive"):
        add("hive", path.name, path.read_bytes())
        add("analyze", path.name, bytes([7]) + path.read_bytes())
    # A log without events: a file header and the header of a chunk.
    head = b"ElfFile\0" + bytes(28) + b"\x01\0\x03\0\0\x10\x01\0"
    chunk = b"ElfChnk\0" + b"\x01\0\0\0\0\0\0\0" * 4 + b"\x80\0\0\0" + bytes(4) + b"\0\2\0\0"
    empty = head.ljust(4096, b"\0") + chunk.ljust(65536, b"\0")
    add("evtx", "empty", empty)
    add("analyze", "empty.evtx", b"\x06" + empty)


archives()
logs()
articles()
binary()
for folder in sorted(CORPUS.iterdir()):
    print(folder.name, len(list(folder.iterdir())))
