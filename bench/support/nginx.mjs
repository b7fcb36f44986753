// The yardstick: nginx of one worker with sendfile, which serves the files of a folder by HTTP/1.1 and, on
// another port, by HTTP/2 without TLS. Needs the packages of [bench].
import { execFile, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freeTcpPorts } from '../../tests/e2e/support/free_port.mjs';
import { until } from '../../tests/e2e/support/node.mjs';


export class Nginx {
  static async start(root) {
    const nginx = new Nginx();
    const [port, h2Port] = await freeTcpPorts(2);
    const file = join(root, 'nginx.conf');
    const user = process.getuid() === 0 ? 'user root;' : ''; // the folder is ours alone
    await writeFile(file, `${user} daemon off; worker_processes 1; pid ${root}/pid; error_log ${root}/error.log;
events { worker_connections 4096; }
http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; open_file_cache max=1000;
server { listen 127.0.0.1:${port}; listen 127.0.0.1:${h2Port} http2; root ${root};
types { video/mp4 part segment m4s mp4; } default_type video/mp4; add_header Cache-Control "public, max-age=31536000, immutable"; } }`);
    nginx.process = spawn('nginx', ['-c', file, '-p', root], { stdio: 'ignore' });
    nginx.base = `http://127.0.0.1:${port}/`;
    nginx.h2 = `http://127.0.0.1:${h2Port}/`;
    await until('nginx', () => fetch(nginx.base).then(() => true, () => false));
    const { stdout } = await promisify(execFile)('ps', ['-o', 'pid=', '--ppid', String(nginx.process.pid)]);
    nginx.worker = Number(stdout);
    return nginx;
  }

  stop() {
    this.process.kill('SIGTERM');
  }
}
