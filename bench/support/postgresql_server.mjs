// A PostgreSQL of its own, from Debian's package, in a temporary folder and without a port; it syncs to
// the disk as it does in production. Ended and removed by stop().
import { execFile } from 'node:child_process';
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const kPrograms = '/usr/lib/postgresql';

async function userIds() {
  if (process.geteuid() !== 0) return null;
  const [uid, gid] = await Promise.all(['-u', '-g'].map(async (flag) => (await run('id', [flag, 'postgres'])).stdout.trim()));
  return { uid: Number(uid), gid: Number(gid) };
}

export class PostgresqlServer {
  static async start() {
    const server = new PostgresqlServer();
    const newest = (await readdir(kPrograms)).sort((a, b) => Number(a) - Number(b)).at(-1);
    server.programs = join(kPrograms, newest, 'bin');
    server.folder = await mkdtemp(join(tmpdir(), 'longmen-postgresql-'));
    server.user = await userIds();
    if (server.user) await chown(server.folder, server.user.uid, server.user.gid);
    await server.#do('initdb', '-D', server.#data, '-N', '-A', 'trust', '-U', 'longmen', '-E', 'UTF8', '--locale=C');
    await server.begin();
    return server;
  }

  // Again, with what it had, when it was halted.
  begin() {
    return this.#do('pg_ctl', '-D', this.#data, '-s', '-w', '-l', join(this.folder, 'log'),
      '-o', `-c listen_addresses= -c unix_socket_directories=${this.folder}`, 'start');
  }

  // At once, as when it crashes.
  halt() {
    return this.#do('pg_ctl', '-D', this.#data, '-s', '-w', '-m', 'immediate', 'stop');
  }

  get #data() {
    return join(this.folder, 'data');
  }

  #do(program, ...options) {
    const path = join(this.programs, program);
    if (!this.user) return run(path, options);
    const { uid, gid } = this.user;
    return run('setpriv', [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', path, ...options], { cwd: '/' });
  }

  // The URL of a new, empty database.
  async makeDatabase(name) {
    await this.#do('createdb', '-h', this.folder, '-U', 'longmen', name);
    return `postgresql://longmen@/${name}?host=${this.folder}`;
  }

  async stop() {
    await this.halt().catch(() => {});
    await rm(this.folder, { recursive: true, force: true });
  }
}
