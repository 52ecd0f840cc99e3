# The portal's image: the same code as web server, worker and clock; docker-compose.yml says which is which.
# The bases are named by version and not by digest, so that a new build brings their security updates.
ARG PYTHON=python:3.11-slim-bookworm
ARG NODE=node:22-bookworm-slim

FROM ${NODE} AS assets
WORKDIR /portal/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY frontend ./
COPY static ../static
RUN npm run build

FROM ${PYTHON} AS portal
ENV PATH=/venv/bin:$PATH \
    STATIC_ROOT=/portal/staticfiles
WORKDIR /portal
COPY requirements.txt ./
RUN python -m venv /venv && pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt
COPY . .
COPY --from=assets /portal/static/build static/build
# Collecting needs settings but no secret: the trial's throw-away ones do, and are thrown away.
RUN PORTAL_VAR=/tmp/build python manage.py collectstatic --no-input && rm -r /tmp/build frontend
# Compiled here, since the files are read-only later.
RUN python -m compileall -q /portal

FROM ${PYTHON}
ARG REVISION=unknown
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    STATIC_ROOT=/portal/staticfiles \
    PORTAL_MODE=production \
    PORTAL_VAR=/var/lib/portal \
    PORTAL_KEY_DIR=/var/lib/portal-keys \
    PORTAL_REVISION=${REVISION}
RUN useradd --system --uid 10001 --no-create-home portal && install -d -o portal -m 700 "$PORTAL_VAR" "$PORTAL_KEY_DIR"
COPY --from=portal /venv /venv
COPY --from=portal /portal /portal
WORKDIR /portal
USER 10001
EXPOSE 8000
# Of the web server; docker-compose.yml has those of the others.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as web; web.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "--config", "culture_portal/gunicorn.py", "--bind", "0.0.0.0:8000"]
