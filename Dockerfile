# Designer as a server: `docker build -t designer .`, then
#
#   openssl rand -base64 24 > password && chmod 644 password
#   docker run -p 8765:8765 -v designer:/data -v ./password:/run/secrets/designer_password:ro designer
#
# Any image of a Debian with Python 3.11 or newer (with venv) serves as base.
ARG BASE=python:3.12-slim

FROM ${BASE} AS build
# For networks with a mirror, or a proxy with certificates of its own.
ARG UV_DEFAULT_INDEX
ARG SSL_CERT_FILE
WORKDIR /source
COPY requirements requirements
RUN python3 -m venv /opt/build \
 && /opt/build/bin/pip install --quiet --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/uv.txt \
 && python3 -m venv --without-pip /opt/designer \
 && /opt/build/bin/uv pip sync --quiet --no-cache --compile-bytecode --require-hashes --python /opt/designer/bin/python requirements/server.txt \
 && find /opt/designer -depth -type d -name tests -regex '.*/site-packages/\(pandas\|scipy\|sklearn\|pyarrow\)/.*' -exec rm -rf {} +
COPY . .
# Builds the front end first, unless static/dist is there.
RUN /opt/build/bin/uv build --quiet --no-cache --wheel --out-dir /opt/wheel . \
 && /opt/build/bin/uv pip install --quiet --no-cache --compile-bytecode --no-deps --python /opt/designer/bin/python /opt/wheel/*.whl

FROM ${BASE}
# libgomp1: LightGBM; openssh-client: targets of kind ssh; tini: ends what steps leave behind, as the first process has to.
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ca-certificates libgomp1 openssh-client tini \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/log/* \
 && useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin designer \
 && install -d -o designer -g designer -m 700 /data
COPY --from=build /opt/designer /opt/designer
ENV PATH=/opt/designer/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    LANG=C.UTF-8 \
    DESIGNER_HOME=/data \
    DESIGNER_HOST=0.0.0.0 \
    DESIGNER_PORT=8765 \
    DESIGNER_PASSWORD_FILE=/run/secrets/designer_password
USER 10001:10001
VOLUME /data
EXPOSE 8765
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python3", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ['DESIGNER_PORT']}/healthz\", timeout=4)"]
ENTRYPOINT ["/usr/bin/tini", "--", "designer"]
CMD ["up", "--no-browser"]
