# syntax=docker/dockerfile:1
# Three images of one file, one for each process: --target rasa, actions, desk. docs/deployment.md
#
# The bases are named by exact tags; pin them by digest in a registry of your own, as
# --build-arg PYTHON_310=registry.example/python@sha256:...
ARG PYTHON_310=python:3.10.19-slim-bookworm
ARG PYTHON_312=python:3.12.12-slim-bookworm

# Packages: each process its own set, every file checked by its hash. A compiler only while building.
FROM ${PYTHON_310} AS packages-310
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/venv

FROM packages-310 AS packages-rasa
COPY requirements-rasa.txt /tmp/requirements.txt
RUN /opt/venv/bin/pip install --no-deps --require-hashes -r /tmp/requirements.txt
COPY pyproject.toml README.md LICENSE /src/
COPY switchboard /src/switchboard
RUN /opt/venv/bin/pip install --no-deps --no-build-isolation --no-index /src \
    # Layers keep whole seconds only, and the prepared sentence model goes by this file's time.
    && find /opt/venv -name e5-small-q4.bin -exec touch -d 2026-01-01T00:00:00Z {} +

FROM packages-310 AS packages-actions
COPY requirements-actions.txt /tmp/requirements.txt
RUN /opt/venv/bin/pip install --no-deps --require-hashes -r /tmp/requirements.txt
COPY pyproject.toml README.md LICENSE /src/
COPY switchboard /src/switchboard
RUN /opt/venv/bin/pip install --no-deps --no-build-isolation --no-index /src \
    && find /opt/venv -name e5-small-q4.bin -exec touch -d 2026-01-01T00:00:00Z {} +

FROM ${PYTHON_312} AS packages-desk
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/venv
COPY requirements-desk.txt /tmp/requirements.txt
RUN /opt/venv/bin/pip install --no-deps --require-hashes -r /tmp/requirements.txt
COPY pyproject.toml README.md LICENSE /src/
COPY switchboard /src/switchboard
RUN /opt/venv/bin/pip install --no-deps --no-build-isolation --no-index /src \
    && find /opt/venv -name e5-small-q4.bin -exec touch -d 2026-01-01T00:00:00Z {} +

# What all three run as: nobody's account, the root file system read-only, /tmp for what is fleeting.
FROM ${PYTHON_310} AS base-310
ENV PATH=/opt/venv/bin:$PATH HOME=/tmp MPLCONFIGDIR=/tmp/matplotlib \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=ignore \
    RASA_TELEMETRY_ENABLED=false TF_CPP_MIN_LOG_LEVEL=3 SQLALCHEMY_SILENCE_UBER_WARNING=1 \
    SWITCHBOARD_HOST=0.0.0.0 SWITCHBOARD_FILES_DIR=/var/lib/switchboard/files
RUN useradd --system --uid 10001 --user-group --no-create-home switchboard \
    && install -d -o switchboard -g switchboard -m 0700 \
        /var/lib/switchboard /var/lib/switchboard/files /backups
WORKDIR /app

FROM ${PYTHON_312} AS base-312
ENV PATH=/opt/venv/bin:$PATH HOME=/tmp MPLCONFIGDIR=/tmp/matplotlib \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=ignore \
    SQLALCHEMY_SILENCE_UBER_WARNING=1 \
    SWITCHBOARD_HOST=0.0.0.0 SWITCHBOARD_FILES_DIR=/var/lib/switchboard/files
RUN useradd --system --uid 10001 --user-group --no-create-home switchboard \
    && install -d -o switchboard -g switchboard -m 0700 \
        /var/lib/switchboard /var/lib/switchboard/files /backups
WORKDIR /app

# The model is part of the image: it belongs to this very code and data, and is trained here unless
# models/ holds one that was trained from them.
FROM base-310 AS rasa
COPY --from=packages-rasa /opt/venv /opt/venv
COPY config.yml credentials.yml domain.yml endpoints.yml ./
COPY data data
COPY models models
RUN python -c "from switchboard.embedding.encoder import CACHE; \
from switchboard.embedding.prepared import prepare; prepare(None, CACHE)" \
    && switchboard train && rm -rf /tmp/*
USER 10001:10001
EXPOSE 5005
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=6 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:5005/health', timeout=4)"]
CMD ["python", "-m", "switchboard.cli.logged", "rasa", "rasa", "run", "-i", "0.0.0.0", "-p", "5005", "-m", "models", "--endpoints", "endpoints.yml", "--credentials", "credentials.yml"]

FROM base-310 AS actions
COPY --from=packages-actions /opt/venv /opt/venv
COPY config.yml domain.yml ./
COPY data data
COPY actions actions
# How sure the search for articles is was trained with the model.
COPY --from=rasa /app/models/certainty.json models/
RUN python -c "from switchboard.embedding.encoder import CACHE; \
from switchboard.embedding.prepared import prepare; prepare(None, CACHE)" \
    && rm -rf /tmp/*
USER 10001:10001
EXPOSE 5055
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:5055/health', timeout=4)"]
CMD ["python", "-m", "switchboard.cli.logged", "actions", "rasa_sdk", "--actions", "actions", "--port", "5055"]

FROM base-312 AS desk
COPY --from=packages-desk /opt/venv /opt/venv
COPY config.yml domain.yml ./
COPY data data
RUN python -c "from switchboard.embedding.encoder import CACHE; \
from switchboard.embedding.prepared import prepare; prepare(None, CACHE)" \
    && install -d -o switchboard -g switchboard data/drafts && rm -rf /tmp/*
USER 10001:10001
EXPOSE 5010
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:5010/health', timeout=4)"]
CMD ["switchboard", "desk", "serve"]
