"""The web app: `python app.py`, then open http://127.0.0.1:7860.

GRADIO_SERVER_NAME and GRADIO_SERVER_PORT choose another address, as for any Gradio app.
"""

from __future__ import annotations

import os
from pathlib import Path

# What stands beside this file, wherever it is started from.
os.environ.setdefault("SERMI_CHECKPOINTS", str(Path(__file__).with_name("checkpoints")))
os.environ.setdefault("SERMI_RESULTS", str(Path(__file__).with_name("docs") / "results"))

# Set before gradio is imported, because it reads them then. Nothing is reported to anyone.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

# A table of the last ten thousand calls, which would be summarised after each; `sermi.ui.metrics` counts without one.
os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "1"
os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(10**9)

from sermi.running import run
from sermi.ui import agents, logs, own_folder, zero_gpu
from sermi.ui.address import check_port

run(check_port)
run(agents.check_installed)
run(logs.set_up)

zero_gpu.declare()

# Gradio keeps what visitors send in this folder.
parent = os.environ.get("GRADIO_TEMP_DIR")
folder = own_folder.claim(Path(parent) if parent else None)
os.environ["GRADIO_TEMP_DIR"] = str(folder)

from sermi.ui.engine import Engine  # noqa: E402 gradio reads the port while it is imported
from sermi.ui.page import build, serve  # noqa: E402
from sermi.ui.uploads import Uploads  # noqa: E402

engine, uploads = Engine(), Uploads(folder)
demo = build(engine, uploads)

if __name__ == "__main__":
    serve(demo, engine, uploads)
