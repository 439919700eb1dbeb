# The page in a container, for a host without a GPU; docs/hosting.md says how it is built and what was tried.
FROM python:3.11-slim

# Index of CPU builds of torch; without one torch brings CUDA libraries, some 5 GB.
ARG TORCH_INDEX=""
# Encoders of the hub to put into the image beside the embedded one, such as openai/whisper-base.
ARG ENCODERS=""

RUN useradd --create-home --uid 1000 sermi
WORKDIR /app

COPY requirements.txt .
RUN if [ -n "$TORCH_INDEX" ]; then \
      pip install --no-cache-dir --no-deps --index-url "$TORCH_INDEX" "$(grep -o '^torch==[^ ]*' requirements.txt)"; \
    fi \
    && pip install --no-cache-dir -r requirements.txt

COPY app.py ./
COPY sermi sermi
COPY checkpoints checkpoints
COPY docs/results docs/results

USER sermi
ENV GRADIO_SERVER_NAME=0.0.0.0 \
    GRADIO_SERVER_PORT=7860 \
    PYTHONUNBUFFERED=1 \
    SERMI_LOG_FORMAT=json
# Fetched and written once, so that a start does neither.
RUN for encoder in $ENCODERS; do \
      python -c "import sys; from sermi.predictor import fetch_encoders; fetch_encoders(sys.argv[1])" "$encoder" || exit 1; \
    done \
    && python -c "from sermi import predictor; predictor.load('open4').warm_up()"
ENV HF_HUB_OFFLINE=1

EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:7860/health', timeout=4)"]
CMD ["python", "app.py"]
