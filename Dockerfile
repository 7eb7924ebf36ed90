# The same steps as on a machine: scripts/deps.sh, make, make install. Runs as an ordinary user.
#
#   docker build -t rhumb .
#   docker run --rm -v "$PWD:/data" rhumb build -o /data/li.atlas /data/liechtenstein.osm.pbf
#   docker run --rm -v "$PWD:/data" -p 7070:7070 rhumb \
#       serve --atlas /data/li.atlas --http 0.0.0.0:7070 --api-key-file /data/keys
FROM debian:12-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends make
WORKDIR /rhumb
COPY . .
RUN make && make install DESTDIR=/installed PREFIX=/usr

FROM debian:12-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends libicu72 libuv1 libyaml-0-2 libdeflate0 zlib1g \
        libzstd1 liburcu8 libxxhash0 librocksdb7.8 liblua5.1-0 libcurl4 libmosquitto1 \
        libnats3.4 librdkafka1 libssl3 libwslay1 libsqlite3-0 libexpat1 libmaxminddb0 ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --home-dir /data rhumb
COPY --from=build /installed /
USER rhumb
WORKDIR /data
EXPOSE 7070
ENTRYPOINT ["rhumb"]
CMD ["help"]
