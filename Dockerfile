# The portal's image: the same code as web server, worker and clock; docker-compose.yml says which is which.

FROM node:22-slim AS assets
WORKDIR /portal/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --ignore-scripts
COPY frontend ./
COPY static ../static
RUN npm run build

FROM python:3.11-slim
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    STATIC_ROOT=/portal/staticfiles \
    PORTAL_VAR=/var/lib/portal \
    PORTAL_KEY_DIR=/var/lib/portal-keys
WORKDIR /portal
COPY requirements.txt ./
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt
COPY . .
COPY --from=assets /portal/static/build static/build
# Collecting needs settings but no secret: the trial's throw-away ones do, and are thrown away.
RUN PORTAL_VAR=/tmp/build python manage.py collectstatic --noinput && rm -r /tmp/build \
    && useradd --system --uid 10001 --no-create-home portal \
    && install -d -o portal -m 700 "$PORTAL_VAR" "$PORTAL_KEY_DIR"
USER portal
EXPOSE 8000
CMD ["gunicorn", "--config", "culture_portal/gunicorn.py", "--bind", "0.0.0.0:8000"]
