#!/usr/bin/python3
"""A real S3 server for tests: OpenStack Swift with its s3api, all of it in this one process, on
loopback ports of the kernel's choice, unprivileged. Debian: python3-swift and what it recommends.

s3_server.py FOLDER [PORT]: keeps everything in FOLDER, so that one that is started there again has
what there was. Prints one line of JSON when it serves: endpoint, key_id, secret, region. Ends with
SIGTERM, or with SIGKILL as real ones do. FOLDER needs extended attributes (ext4, xfs, overlay)."""
import json
import os
import signal
import sys

import eventlet
import eventlet.wsgi

eventlet.patcher.monkey_patch(all=False, socket=True, select=True, thread=True)

from swift.common import storage_policy, utils  # noqa: E402
from swift.common.ring.builder import RingBuilder  # noqa: E402
from swift.common.wsgi import SwiftHttpProtocol, loadapp  # noqa: E402

KEY_ID, SECRET, REGION = "test:longmen", "a-secret-of-tests", "us-east-1"
PIPELINE = "catch_errors proxy-logging cache listing_formats bulk s3api tempauth slo proxy-logging proxy-server"


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(text)


def make_ring(folder, kind, port):
    path = os.path.join(folder, kind + ".builder")
    builder = RingBuilder(2, 1, 1)
    builder.add_dev({"region": 1, "zone": 1, "ip": "127.0.0.1", "port": port, "device": "d", "weight": 1,
                     "replication_ip": "127.0.0.1", "replication_port": port, "meta": ""})
    builder.rebalance()
    builder.save(path)
    builder.get_ring().save(os.path.join(folder, kind + ".ring.gz"))


def backend(folder, kind):
    write(folder, kind + "-server.conf", f"""[DEFAULT]
swift_dir = {folder}
devices = {folder}/devices
mount_check = false
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
fallocate_reserve = 0
""")
    return loadapp(os.path.join(folder, kind + "-server.conf"))


def main():
    folder = os.path.abspath(sys.argv[1])
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    os.makedirs(os.path.join(folder, "devices", "d"), exist_ok=True)
    write(folder, "swift.conf", """[swift-hash]
swift_hash_path_suffix = tests
[storage-policy:0]
name = Policy-0
default = yes
""")
    utils.set_swift_dir(folder)
    utils.validate_hash_conf()
    storage_policy.reload_storage_policies()
    sockets = {kind: eventlet.listen(("127.0.0.1", 0)) for kind in ("account", "container", "object")}
    for kind, socket in sockets.items():
        make_ring(folder, kind, socket.getsockname()[1])
    front = eventlet.listen(("127.0.0.1", port))
    write(folder, "proxy-server.conf", f"""[DEFAULT]
swift_dir = {folder}
[pipeline:main]
pipeline = {PIPELINE}
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
[filter:tempauth]
use = egg:swift#tempauth
user_test_longmen = {SECRET} .admin
[filter:s3api]
use = egg:swift#s3api
location = {REGION}
s3_acl = false
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:9
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:proxy-logging]
use = egg:swift#proxy_logging
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
""")
    # Rings are read when their servers are loaded, so ports come first.
    servers = [(sockets[kind], backend(folder, kind)) for kind in sockets]
    servers.append((front, loadapp(os.path.join(folder, "proxy-server.conf"))))
    for socket, app in servers:
        eventlet.spawn(eventlet.wsgi.server, socket, app, protocol=SwiftHttpProtocol, log_output=False)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    print(json.dumps({"endpoint": f"http://127.0.0.1:{front.getsockname()[1]}", "key_id": KEY_ID,
                      "secret": SECRET, "region": REGION}), flush=True)
    while True:
        eventlet.sleep(3600)


if __name__ == "__main__":
    main()
