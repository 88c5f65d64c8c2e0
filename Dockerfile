# syntax=docker/dockerfile:1
# The image of the gateway, and (target `demo`) of the gateway with its simulated plant.
#   docker build --tag plancia .
#   docker run --init --read-only --cap-drop ALL --security-opt no-new-privileges --tmpfs /tmp \
#     --publish 127.0.0.1:8080:8080 --volume ./plant:/config:ro --volume plancia-data:/data plancia
# The image brings Node 24, so the pinned Node of package.json (optional packages) stays out.
# A mirror, or a digest to pin: --build-arg NODE_IMAGE=node:24-slim@sha256:…
ARG NODE_IMAGE=node:24-slim

# What runs: no development packages, no install scripts.
FROM ${NODE_IMAGE} AS modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

# The dashboard. Its bundler has native parts among the optional packages.
FROM ${NODE_IMAGE} AS dashboard
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --include=dev --include=optional --ignore-scripts --no-audit --no-fund
COPY gateway/api/wire gateway/api/wire
COPY dashboard dashboard
RUN npm run --silent build

FROM ${NODE_IMAGE} AS runtime
LABEL org.opencontainers.image.title="Plancia" \
      org.opencontainers.image.description="Edge gateway for industrial smart working" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT"
# The last two as gateway/launch/memory.mjs: a smaller young generation and fewer arenas save about 50 MiB.
ENV NODE_ENV=production \
    NODE_OPTIONS=--max-semi-space-size=4 \
    MALLOC_ARENA_MAX=2 \
    PLANCIA_HEALTH_URL=http://127.0.0.1:8080/healthz
WORKDIR /app
# Everything below belongs to root and is not writable for who runs it; only /data is.
RUN install --directory --owner=1000 --group=1000 --mode=0700 /data
COPY package.json LICENSE ./
COPY --from=modules /app/node_modules node_modules
COPY gateway gateway
COPY config/templates config/templates
COPY --from=dashboard /app/dashboard/dist dashboard/dist
VOLUME /data
USER 1000:1000
EXPOSE 8080
STOPSIGNAL SIGTERM
# Alive, not well: a lost device or a full disk must not make anybody kill the stop path. With TLS of
# its own set PLANCIA_HEALTH_URL to https; the certificate's name is not looked at here.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "const url = process.env.PLANCIA_HEALTH_URL; require(url.split(':')[0]).get(url, { rejectUnauthorized: false }, (answer) => process.exit(answer.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
ENTRYPOINT ["node", "--no-parallel-scavenge", "--v8-pool-size=1", "--expose-gc", "--wasm-wrapper-tiering-budget=2147483647", "gateway/main.ts"]

# The simulated plant and the gateway on it.
FROM runtime AS demo
COPY simulators simulators
COPY config config
CMD ["demo", "--config", "config/gateway.yaml", "--data", "/data"]

FROM runtime AS gateway
CMD ["run", "--config", "/config/gateway.yaml", "--data", "/data"]
