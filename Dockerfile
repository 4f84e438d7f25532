# A Kong image with kong-entrypoint as its ENTRYPOINT:
#   docker build --build-arg KONG_IMAGE=kong/kong-gateway:3.14 --tag kong-with-entrypoint .
# A NODE_IMAGE that has `strip` makes the program some 18 MB smaller.
ARG KONG_IMAGE=kong/kong-gateway:3.14
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY tsconfig.json ./
COPY scripts scripts
COPY src src
COPY test/emulators test/emulators
RUN npm run build

# The stage's name is what the engine prints when its last line fails: the program needs glibc 2.28 or later and libstdc++, which Alpine
# and Amazon Linux 2 do not have. No shell is needed for it, and none of its layers is in the image.
FROM ${KONG_IMAGE} AS kong-image-must-have-glibc-2.28-or-later-and-libstdc
COPY --from=build --chmod=0755 /build/dist/kong-entrypoint /usr/local/bin/kong-entrypoint
RUN ["/usr/local/bin/kong-entrypoint", "--version"]

FROM ${KONG_IMAGE}
LABEL org.opencontainers.image.title="kong-entrypoint" \
      org.opencontainers.image.description="Kong Gateway that migrates its own database, with credentials from a vault" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=kong-image-must-have-glibc-2.28-or-later-and-libstdc --chmod=0755 /usr/local/bin/kong-entrypoint /usr/local/bin/kong-entrypoint
ENTRYPOINT ["/usr/local/bin/kong-entrypoint"]
CMD ["kong", "docker-start"]
