"""Threads, or a client that stalls would hold the only worker there is."""

import os

bind = f"127.0.0.1:{os.environ['PORT']}"
loglevel = "error"
worker_class = "gthread"
threads = 8
