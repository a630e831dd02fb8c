"""What stands beneath the packages: the compiler, and what it links in that no registry of crates names.
As a program it prints the compiler that packaging/build takes for a target, and fails where there is none yet:
  python3 packaging/toolchain.py TARGET"""

import gzip
import html.parser
import os
import pathlib
import re
import shutil
import subprocess
import sys

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "hec/packaging"
# The C compilers that cargo is told to link by (packaging/build), and that compile what is in C.
LINKERS = {"x86_64-unknown-linux-gnu": "cc", "aarch64-unknown-linux-gnu": "aarch64-linux-gnu-gcc"}
LGPL = pathlib.Path("/usr/share/common-licenses/LGPL-2.1")


def ask(*command):
    return subprocess.check_output([str(one) for one in command], text=True, encoding="utf-8").strip()


def rustc(target):
    """This machine's own, where it has the standard library for that target; else Debian's, as packaging/build unpacks it."""
    libraries = pathlib.Path(ask("rustc", "--print", "target-libdir", "--target", target))
    if any(libraries.glob("libstd-*.rlib")):
        return pathlib.Path(shutil.which("rustc"))
    unpacked = CACHE / "rust/rustc"
    if not unpacked.exists():
        raise SystemExit(f"no Rust for {target} yet: packaging/build gets it")
    return unpacked


def package(file):
    """The Debian package that a file is of: its name, version and architecture."""
    path = os.path.realpath(file)
    # Some packages still name what they put into /usr/bin as /bin.
    for known in (path, path.removeprefix("/usr")):
        found = subprocess.run(["dpkg-query", "-S", known], capture_output=True, text=True)
        if found.returncode == 0:
            name = found.stdout.partition(": ")[0]
            return tuple(ask("dpkg-query", "-Wf", "${Package} ${Version} ${Architecture}", name).split())
    raise SystemExit(f"{file} is of no Debian package")


def compiled_by(target):
    """The Debian packages of the C compiler for a target and of all that it takes into what it makes."""
    linker = LINKERS[target]
    files = [shutil.which(linker)]
    files += [shutil.which(ask(linker, f"-print-prog-name={tool}")) for tool in ("cc1", "as", "ld")]
    files += [ask(linker, f"-print-file-name={part}") for part in ("libc.a", "crt1.o", "crtbeginT.o", "libgcc.a")]
    files.append(ask(linker, "-print-file-name=include/stdint.h"))
    headers = ask(linker, "-E", "-M", "-include", "linux/random.h", "-x", "c", "/dev/null").split()
    files += [file for file in headers if file.endswith("/linux/random.h")]
    return sorted({package(file) for file in files})


class Words(html.parser.HTMLParser):
    """A page's text; what stands in it word for word (<pre>) is there once."""

    def __init__(self):
        super().__init__()
        self.lines, self.line, self.said, self.kept, self.head = [], "", set(), None, False

    def end(self):
        line = " ".join(self.line.split())
        if line:
            self.lines.append(line)
        self.line = ""

    def handle_starttag(self, tag, attrs):
        if tag == "head":
            self.head = True
        if tag == "pre":
            self.end()
            self.kept = ""
        elif tag not in ("a", "b", "code"):
            self.end()

    def handle_endtag(self, tag):
        if tag == "head":
            self.head = False
        if tag == "pre":
            text = self.kept.strip("\n")
            self.lines.append("(as above)" if text in self.said else f"\n{text}\n")
            self.said.add(text)
            self.kept = None
        elif tag not in ("a", "b", "code"):
            self.end()

    def handle_data(self, data):
        if self.kept is not None:
            self.kept += data
        elif not self.head:
            self.line += data


def rust_notices(sysroot):
    """What Rust's standard library says of its authors and licences: as rust-lang.org ships it, or Debian."""
    page = sysroot / "share/doc/rust/COPYRIGHT-library.html"
    if page.exists():
        words = Words()
        words.feed(page.read_text(encoding="utf-8"))
        words.end()
        return "\n".join(words.lines)
    for debian in sorted(sysroot.glob("share/doc/libstd-rust*-dev/copyright")):
        return debian.read_text(encoding="utf-8").strip()
    raise SystemExit(f"{sysroot} does not say under which licences its standard library is")


def rust_package(sysroot):
    """Debian's own name of a Rust that is Debian's, else nothing."""
    for log in sorted(sysroot.glob("share/doc/libstd-rust*-dev/changelog.Debian.gz")):
        return gzip.decompress(log.read_bytes()).decode().partition(")")[0].replace(" (", " ")
    return ""


def debian_notices(name):
    return pathlib.Path(f"/usr/share/doc/{name}/copyright").read_text(encoding="utf-8", errors="replace").strip()


def component(kind, name, file, licence, notices):
    package_name, version, architecture = package(file)
    return {
        "id": kind,
        "name": name,
        "version": version,
        "licence": licence,
        "purl": f"pkg:deb/debian/{package_name}@{version.replace('+', '%2B').replace(':', '%3A')}?arch={architecture}",
        "notices": [debian_notices(package_name), *notices],
        "told": f"Debian's {package_name}",
    }


def beneath(target):
    """The libraries that are linked into the binary beneath its packages."""
    compiler, linker = rustc(target), LINKERS[target]
    said = ask(compiler, "-V")
    sysroot = pathlib.Path(ask(compiler, "--print", "sysroot"))
    # That of another architecture tells less of its authors than the C library of this machine, whose sources are the same.
    glibc = [debian_notices("libc6-dev"), LGPL.read_text(encoding="utf-8").strip()]
    return [
        {
            "id": "rust-std",
            "name": "std",
            "version": said.split()[1],
            "licence": "MIT OR Apache-2.0",
            "purl": f"pkg:generic/rust-std@{said.split()[1]}",
            "notices": [rust_notices(sysroot)],
            "told": said,
        },
        component("glibc", "glibc", ask(linker, "-print-file-name=libc.a"), "LGPL-2.1-or-later", glibc),
        component("libgcc", "libgcc", ask(linker, "-print-libgcc-file-name"), "GPL-3.0-or-later WITH GCC-exception-3.1", []),
    ]


if __name__ == "__main__":
    print(rustc(sys.argv[1]))
