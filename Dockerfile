# The image of vmmp: the static binary, the CA certificates and a folder that it may
# write to, without a shell. BuildKit is not needed.
#
#   docker build --build-arg VERSION=$(git describe --tags --always) -t vmmp .
#   docker run --rm vmmp predict --cpu 75 --mem 68
#   docker run -p 127.0.0.1:8001:8001 -v vmmp:/var/lib/vmmp vmmp
#
# The binary is the same, byte for byte, that `make build` makes of the same sources
# with the same version of Go and the same VERSION.
FROM golang:1.26-bookworm AS build
WORKDIR /src
ARG GOPROXY=https://proxy.golang.org,direct
ENV CGO_ENABLED=0 GOPROXY=$GOPROXY GOTOOLCHAIN=local
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=
RUN mkdir -p /image/usr/bin /image/etc/ssl/certs /image/usr/share/doc/vmmp /image/var/lib /image/tmp /state/vmmp \
	&& chmod 1777 /image/tmp \
	&& cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ \
	&& cp LICENSE /image/usr/share/doc/vmmp/ \
	&& go build -trimpath -buildvcs=false -ldflags "-s -w${VERSION:+ -X vmmp/cmd.version=$VERSION}" -o /image/usr/bin/vmmp .

FROM scratch
COPY --from=build /image/ /
# The folder for what is written, /var/lib/vmmp, is the only one that the user owns.
COPY --from=build --chown=65532:65532 /state/ /var/lib/
# The history is $XDG_STATE_HOME/vmmp/history.db; what train writes lies beside it.
ENV XDG_STATE_HOME=/var/lib
VOLUME /var/lib/vmmp
WORKDIR /var/lib/vmmp
USER 65532:65532
EXPOSE 8001
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["vmmp", "health"]
ENTRYPOINT ["vmmp"]
CMD ["serve"]

ARG VERSION=
ARG REVISION=
ARG SOURCE=
LABEL org.opencontainers.image.title="vmmp" \
	org.opencontainers.image.description="Predicts the downtime of a live migration before it starts" \
	org.opencontainers.image.version="$VERSION" \
	org.opencontainers.image.revision="$REVISION" \
	org.opencontainers.image.licenses="MIT" \
	org.opencontainers.image.source="$SOURCE"
