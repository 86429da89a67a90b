"""One thread a process: small tensors gain nothing by more, and beside other work threads wait for each other."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
