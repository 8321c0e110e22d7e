# One machine's bridge, from this checkout (docs/self-host.md). compose.yaml puts Caddy in front of it.
FROM python:3.13-slim-trixie AS build
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy
WORKDIR /src
RUN python -m pip install --no-cache-dir --disable-pip-version-check uv==0.13.9
COPY pyproject.toml uv.lock README.md LICENSE PRIVACY.md ./
COPY lib lib
RUN uv build --wheel --out-dir /wheel . \
    && uv export --frozen --no-dev --no-emit-project --output-file /wheel/locked.txt \
    && uv venv --python python3 /opt/mailconnect \
    && uv pip install --python /opt/mailconnect --require-hashes --requirements /wheel/locked.txt \
    && uv pip install --python /opt/mailconnect --no-deps /wheel/*.whl

FROM python:3.13-slim-trixie
RUN useradd --system --uid 8787 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin mailconnect \
    && install --directory --owner mailconnect --group mailconnect --mode 0700 /data
COPY --from=build /opt/mailconnect /opt/mailconnect
ENV PATH=/opt/mailconnect/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MAILCONNECT_DATA_DIR=/data \
    MAILCONNECT_LISTEN=0.0.0.0
USER 8787:8787
VOLUME /data
EXPOSE 8787
# Any response is enough: the page names no host, and asks neither the store nor the provider.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8787/robots.txt', timeout=4)"]
ENTRYPOINT ["mailconnect"]
CMD ["serve"]
