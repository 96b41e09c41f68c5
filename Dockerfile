# The image of operator and proxy where a builder of container images is at hand (docker build, buildah, kaniko).
# The same files as `node tools/build-image.ts` packs without one.
ARG BASE=docker.io/library/debian:trixie-slim
FROM ${BASE} AS build
RUN apt-get update --quiet=2 && apt-get install --yes --quiet=2 --no-install-recommends \
    binutils ca-certificates debian-archive-keyring libatomic1 nodejs npm
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node_modules/node-linux-*/bin/node tools/build-image.ts --files /image && chmod --recursive u=rwX,go=rX /image

FROM scratch
COPY --from=build /image/system/ /
COPY --from=build /image/node/ /
COPY --from=build /image/kubeos/ /
USER 65532:65532
ENTRYPOINT ["/usr/bin/node", "/opt/kubeos/dist/bin/kubeos.js"]
