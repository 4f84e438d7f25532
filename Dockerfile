# A Kong image with kong-entrypoint as its ENTRYPOINT, for amd64 and arm64:
#   docker build --build-arg KONG_IMAGE=kong/kong-gateway:3.14 --tag kong-with-entrypoint .
#   docker build --platform linux/arm64 --tag kong-with-entrypoint .
# The program alone, for other Dockerfiles to COPY --from (docs/image.md):
#   docker build --target binary --tag kong-entrypoint .
ARG KONG_IMAGE=kong/kong-gateway:3.14
ARG NODE_IMAGE=node:24-bookworm-slim

# Runs on the machine that builds, and builds for the one that is asked for. What it makes for another processor starts more slowly: see
# docs/image.md.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY tsconfig.json ./
COPY scripts scripts
COPY src src
COPY test/emulators test/emulators
ARG TARGETARCH
RUN --mount=type=cache,target=/root/.npm npm run build -- --arch "${TARGETARCH:-amd64}" --name kong-entrypoint

FROM scratch AS binary
LABEL org.opencontainers.image.title="kong-entrypoint" \
      org.opencontainers.image.description="The entrypoint of a Kong Gateway image, to COPY --from" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build --chmod=0755 /build/dist/kong-entrypoint /kong-entrypoint

FROM ${KONG_IMAGE} AS kong

# Stops the build with a sentence where the base's libc is not one for the program. It compares the versions of symbols that the program
# needs with those in the base's libraries, and runs nothing of the base: that works without a shell in it and for any platform, with no
# emulator of processors on the machine that builds.
FROM build AS checked
RUN --mount=type=bind,from=kong,source=/,target=/base node scripts/check-base-image.ts /base dist/kong-entrypoint

FROM kong
# Where it came from, if the caller says: --build-arg VERSION=1.0.0 --build-arg REVISION=$(git rev-parse HEAD) --build-arg SOURCE=https://...
ARG VERSION=
ARG REVISION=
ARG SOURCE=
LABEL org.opencontainers.image.title="kong-entrypoint" \
      org.opencontainers.image.description="Kong Gateway that migrates its own database, with credentials from a vault" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"
COPY --from=checked --chmod=0755 /build/dist/kong-entrypoint /usr/local/bin/kong-entrypoint
ENTRYPOINT ["/usr/local/bin/kong-entrypoint"]
CMD ["kong", "docker-start"]
