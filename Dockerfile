# syntax=docker/dockerfile:1
# SPDX-License-Identifier: Apache-2.0
#
# Stages: native-off | native-on → native, build, runtime.
#
#   docker build -t azimuth .
#   docker build -t azimuth --build-arg ADDON=on .     also compiles the C++ side
#
# The image answers with the TypeScript kernel when there is no addon, so `off` is complete.
ARG NODE_IMAGE=node:24-bookworm-slim
ARG ADDON=off

# No compiler, nothing to copy: an empty folder stands in for what `on` would build.
FROM ${NODE_IMAGE} AS native-off
RUN mkdir -p /addon

FROM debian:bookworm-slim AS native-on
RUN apt-get update \
 && apt-get install -y --no-install-recommends cmake g++ make \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /azimuth
COPY CMakeLists.txt ./
COPY native ./native
RUN cmake -S . -B native/build \
 && cmake --build native/build --parallel \
 && ctest --test-dir native/build --output-on-failure \
 && mkdir -p /addon \
 && find native/build -name '*.node' -exec cp {} /addon/ \;

FROM native-${ADDON} AS native

FROM ${NODE_IMAGE} AS build
WORKDIR /azimuth
# Dependencies are a layer of their own: they change less often than the sources.
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build \
 && npm prune --omit=dev --no-audit --no-fund

FROM ${NODE_IMAGE} AS runtime
ENV NODE_ENV=production
WORKDIR /azimuth
COPY --from=build /azimuth/package.json /azimuth/LICENSE /azimuth/README.md ./
COPY --from=build /azimuth/node_modules ./node_modules
COPY --from=build /azimuth/bin ./bin
COPY --from=build /azimuth/dist ./dist
COPY --from=native /addon ./native/prebuilt

# The state folder is the one place that is written; it belongs to the user that runs.
RUN mkdir -p /etc/azimuth /var/lib/azimuth \
 && chown node:node /var/lib/azimuth
USER node
VOLUME /var/lib/azimuth

# Port 53 without root. Docker lets every user of a container bind low ports (it sets the sysctl
# net.ipv4.ip_unprivileged_port_start to 0). Where a runtime does not, give that sysctl, or listen
# on a high port and map it. There is no setcap on Node's binary: a file capability that the
# runtime does not grant makes the binary refuse to start at all.
EXPOSE 53/udp 53/tcp

# The API listens on loopback, inside the container; so does this look at it.
ENV AZIMUTH_HEALTH_URL=http://127.0.0.1:8443/healthz
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(process.env.AZIMUTH_HEALTH_URL).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]

STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/azimuth/bin/azimuth.mjs"]
CMD ["serve", "/etc/azimuth/azimuth.yaml"]
