# syntax=docker/dockerfile:1
# SPDX-License-Identifier: Apache-2.0
#
# Stages: dependencies, native-on | native-off → native, build, runtime.
#
#   docker build -t azimuth .
#   docker build -t azimuth --build-arg ADDON=off .    without the C++ side
#
# Without the addon the image answers with the TypeScript kernel, so `off` is complete.
# scripts/try-dockerfile.ts runs every step below in a clean Debian, without an engine.
ARG NODE_IMAGE=node:24-bookworm-slim
ARG ADDON=on

# A layer of their own: dependencies change less often than the sources. Those for building too.
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /azimuth
COPY package.json package-lock.json ./
COPY scripts/prepare.mjs ./scripts/
RUN npm ci --no-audit --no-fund

# No compiler, nothing to copy: an empty folder stands in for what `on` builds.
FROM ${NODE_IMAGE} AS native-off
RUN mkdir -p /addon

FROM ${NODE_IMAGE} AS native-on
RUN apt-get update \
 && apt-get install -y --no-install-recommends cmake g++ make \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /azimuth
COPY --from=dependencies /azimuth/node_modules/node-addon-api ./node_modules/node-addon-api
COPY --from=dependencies /azimuth/node_modules/node-api-headers ./node_modules/node-api-headers
COPY CMakeLists.txt ./
COPY native ./native
# The last line loads it: an addon that this Node refuses is found here and not in production.
RUN cmake -S . -B native/build \
 && cmake --build native/build --parallel --target azimuth \
 && cmake --install native/build --strip --prefix /addon \
 && node -p "require('/addon/azimuth.node').layoutFingerprint()"

FROM native-${ADDON} AS native

FROM dependencies AS build
COPY . .
RUN npm run build \
 && npm prune --omit=dev --no-audit --no-fund

FROM ${NODE_IMAGE} AS runtime
# Port 53 without root: the one right that Node's binary may take up. Linux refuses to start it
# where the container is denied that right, so `--cap-drop ALL` wants `--cap-add NET_BIND_SERVICE`.
RUN apt-get update \
 && apt-get install -y --no-install-recommends libcap2-bin \
 && setcap cap_net_bind_service=+ep "$(readlink -f "$(command -v node)")" \
 && apt-get purge -y --auto-remove libcap2-bin \
 && rm -rf /var/lib/apt/lists/*
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
EXPOSE 53/udp 53/tcp

# Over the control socket in the state folder, so whatever address the API has, or none. Healthy is
# what `azimuth status` calls ready: a table with zones in force, and every thread serving it.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "/azimuth/bin/azimuth.mjs", "status", "--config", "/etc/azimuth/azimuth.yaml"]

STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/azimuth/bin/azimuth.mjs"]
CMD ["serve", "/etc/azimuth/azimuth.yaml"]
