"""One example at work: made, started with its secrets, asked, ended."""

import os
import random
import socket
import subprocess
import time

from languages import ROOT, WORK
from wire import CLOSED, PATIENCE, SILENT, send

NAMES = ("CHATISLAV_WEBHOOK_SECRET", "CHATISLAV_WEBHOOK_SECRET_OLD")


def environment(secrets, port):
    """Ours, without secrets of somebody's shell, with nothing fetched and every text in UTF-8."""
    ours = {name: value for name, value in os.environ.items() if name not in NAMES}
    ours.update({name: secret for name, secret in zip(NAMES, secrets) if secret is not None})
    ours.update(
        PORT=str(port), LC_ALL="C.UTF-8", PYTHONDONTWRITEBYTECODE="1",
        GOPROXY="off", GOFLAGS="-mod=mod", GOCACHE=str(WORK / "go-cache"), GO111MODULE="auto",
    )
    return ours


def free_port():
    """One below those that the kernel gives to whoever asks for any, so that nobody is given it meanwhile."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def build(example, source, folder):
    folder.mkdir(parents=True, exist_ok=True)
    if example.build:
        subprocess.run(example.build(source, folder), cwd=ROOT, env=environment([], 0), check=True)


class Server:
    """A running example, as a context: entered it answers or has ended, left it is gone."""

    def __init__(self, example, source, folder, secrets, programs=""):
        """`programs` is a folder of programs that it finds before all others."""
        self.example, self.port = example, free_port()
        self.log = folder / "log"
        command = example.serve(source, folder, self.port, secrets)
        variables = environment(secrets, self.port)
        if programs:
            variables["PATH"] = f"{programs}:{variables['PATH']}"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                command, cwd=folder, env=variables, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )

    def __enter__(self):
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None and not self.listens():
            if time.monotonic() > deadline:
                self.end()
                raise TimeoutError(f"{self.example.name} does not listen: {self.said()}")
            time.sleep(0.02)
        return self

    def __exit__(self, *_):
        self.end()

    def listens(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), PATIENCE).close()
            return True
        except ConnectionError:
            return False

    def ask(self, request):
        return send(request, self.port, self.example.path)

    def ended_or_status(self, request):
        """How a server ends that should not serve: its exit code as a text, or what it answered all the same."""
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < deadline:
            status = self.ask(request).status
            if status not in (CLOSED, SILENT):
                return status
        return "it is still there" if self.process.poll() is None else f"exit {self.process.returncode}"

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def said(self):
        return self.log.read_bytes().decode("utf-8", "replace")
