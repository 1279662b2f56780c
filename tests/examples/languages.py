"""The examples: which file each is, how it is made, and how its server is started."""

import os
import pathlib
import shutil
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).parent.parent.parent
SOURCES = ROOT / "examples" / "verify"
TARGET = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
WORK = TARGET / "examples"


@dataclass(frozen=True)
class Example:
    """`build` and `serve` make a command of a source, a folder for what is made, and a port."""

    name: str
    file: str
    serve: object
    build: object = None
    path: str = "/hook"
    traits: frozenset = frozenset()
    needs: str = ""  # a program that it starts for each request

    @property
    def source(self):
        return SOURCES / self.file


def lighttpd(source, folder, port, secrets):
    """A configuration, since a CGI script inherits nothing of the server's environment."""
    names = ["CHATISLAV_WEBHOOK_SECRET", "CHATISLAV_WEBHOOK_SECRET_OLD"][: len(secrets)]
    names = [name for name, secret in zip(names, secrets) if secret is not None]
    handed_on = ", ".join(f'"{name}" => env.{name}' for name in [*names, "PATH"])
    configuration = folder / "lighttpd.conf"
    configuration.write_text(
        f"""server.modules = ("mod_setenv", "mod_cgi")
server.document-root = "{source.parent}"
server.bind = "127.0.0.1"
server.port = {port}
server.upload-dirs = ("{folder}")
cgi.assign = (".cgi" => "")
setenv.set-environment = ({handed_on})
"""
    )
    # Debian keeps it where only root's path leads.
    program = shutil.which("lighttpd") or "/usr/sbin/lighttpd"
    return [program, "-D", "-f", configuration]


EXAMPLES = [
    Example(
        "python", "python/verify.py",
        serve=lambda source, folder, port, secrets: ["python3", source],
        traits=frozenset({"no chunks"}),
    ),
    Example(
        "gunicorn", "python/verify.py",
        serve=lambda source, folder, port, secrets: ["gunicorn", "--chdir", source.parent, "-b", f"127.0.0.1:{port}", source.stem],
    ),
    Example("node", "node/verify.mjs", serve=lambda source, folder, port, secrets: ["node", source]),
    Example(
        "rust", "rust/verify.rs",
        build=lambda source, folder: ["cargo", "build", "--quiet", "--locked", "-p", "chatislav-tests", "--example", "verify"],
        serve=lambda source, folder, port, secrets: [TARGET / "debug" / "examples" / "verify"],
        traits=frozenset({"collapses", "reads events"}),
    ),
    Example(
        "go", "go/verify.go",
        build=lambda source, folder: ["go", "build", "-o", folder / "verify", source],
        serve=lambda source, folder, port, secrets: [folder / "verify"],
    ),
    Example("php", "php/verify.php", serve=lambda source, folder, port, secrets: ["php", "-S", f"127.0.0.1:{port}", source]),
    Example(
        "ruby", "ruby/verify.ru",
        serve=lambda source, folder, port, secrets: ["puma", "-q", "-e", "production", "-b", f"tcp://127.0.0.1:{port}", source],
    ),
    Example(
        "java", "java/Verify.java",
        build=lambda source, folder: ["javac", "-Xlint:all", "-Werror", "-d", folder, source],
        serve=lambda source, folder, port, secrets: ["java", "-cp", folder, "Verify"],
    ),
    Example(
        "csharp", "csharp/Verify.cs",
        build=lambda source, folder: ["mcs", "-warnaserror", f"-out:{folder / 'Verify.exe'}", source],
        serve=lambda source, folder, port, secrets: ["mono", folder / "Verify.exe"],
        traits=frozenset({"last wins"}),
    ),
    Example("shell", "shell/verify.cgi", serve=lighttpd, path="/verify.cgi", needs="openssl"),
]
