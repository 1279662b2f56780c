"""Threads, or a client that stalls would hold the only worker there is."""

import os

bind = f"127.0.0.1:{os.environ['PORT']}"
loglevel = "error"
worker_tmp_dir = None
if os.environ.get("FIXED") == "1" or "SINGLE" not in os.environ:
    worker_class, threads = "gthread", 8
