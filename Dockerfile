# syntax=docker/dockerfile:1
# The program in an image of its own: the executable, a C library, certificates, and nothing else.
#
# Built from a release that was made before (`npm run release`), so that an image holds the very files that are published:
#   docker buildx build --platform linux/amd64,linux/arm64 --build-arg VERSION=1.2.3 .

FROM debian:12-slim AS checked
ARG TARGETARCH
WORKDIR /release
COPY dist/release/SHA256SUMS dist/release/configmanager-linux-${TARGETARCH} dist/release/THIRD-PARTY-NOTICES.txt ./
RUN grep " configmanager-linux-${TARGETARCH}\$" SHA256SUMS >wanted \
    && sha256sum -c wanted \
    && install -m 0755 "configmanager-linux-${TARGETARCH}" /configmanager

FROM gcr.io/distroless/base-debian12:nonroot
ARG VERSION=unknown
LABEL org.opencontainers.image.title="configmanager" \
      org.opencontainers.image.description="Replaces tokens in config files by values of secret and parameter stores" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=checked /configmanager /usr/local/bin/configmanager
COPY --from=checked /release/THIRD-PARTY-NOTICES.txt LICENSE /usr/share/doc/configmanager/
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["configmanager"]
CMD ["--help"]
