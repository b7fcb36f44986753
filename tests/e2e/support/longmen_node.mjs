// Starts `longmen serve` with a configuration and data directory of its own, on ports chosen by the
// kernel, and stops it by its own pid.
import { spawn, execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

export const LONGMEN =
  process.env.LONGMEN ?? new URL('../../../build/release/longmen', import.meta.url).pathname
const run = promisify(execFile)

export const STREAM_KEY = 'test-key-0123456789'

// Waits until `condition` gives something true and returns it; fails with `what` after `ms`.
export async function eventually(what, ms, condition) {
  const deadline = Date.now() + ms
  for (;;) {
    const value = await condition()
    if (value) return value
    if (Date.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`)
    await sleep(50)
  }
}

export function configuration(dataDir, { http = 0, https = 0, rtmp = 0, extra = '', channel = '' } = {}) {
  return `
data_dir = "${dataDir}"
node_name = "test"
${extra}
[http]
address = "127.0.0.1"
port = ${http}
https_port = ${https}
[rtmp]
address = "127.0.0.1"
port = ${rtmp}
[relay]
address = "127.0.0.1"
first_port = 0
public_address = "127.0.0.1"
[[channel]]
id = "main"
name = "Test channel"
stream_keys = ["${STREAM_KEY}"]
${channel}
`
}

export class LongmenNode {
  // `toml(dataDir)` gives the configuration.
  static async start(toml = configuration) {
    const node = new LongmenNode()
    node.dataDir = await mkdtemp(join(tmpdir(), 'longmen-'))
    node.configFile = join(node.dataDir, 'node.toml')
    await writeFile(node.configFile, toml(node.dataDir))
    node.launch()
    await node.ready()
    return node
  }

  launch() {
    this.log = ''
    this.process = spawn(LONGMEN, ['serve', '--config', this.configFile], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.process.stderr.on('data', (text) => (this.log += text))
    this.exited = new Promise((resolve) =>
      this.process.on('exit', (code, signal) => resolve({ code, signal })),
    )
  }

  async ready(ms = 20000) {
    await eventually('the node is ready\n' + this.log, ms, async () => {
      if (this.process.exitCode !== null) throw new Error(`the node ended:\n${this.log}`)
      return (await this.status())?.ready
    })
  }

  // What `longmen status --json` says; null when no node answers.
  async status() {
    try {
      const { stdout } = await run(LONGMEN, ['status', '--json', '--data-dir', this.dataDir])
      return JSON.parse(stdout)
    } catch {
      return null
    }
  }

  async role(name, channel = '') {
    return (await this.status())?.roles.find((r) => r.role === name && r.channel === channel)
  }

  async url(path = '/') {
    return `http://127.0.0.1:${(await this.status()).ports.http}${path}`
  }

  async rtmp(key = STREAM_KEY) {
    return `rtmp://127.0.0.1:${(await this.status()).ports.rtmp}/live/${key}`
  }

  async stop(signal = 'SIGTERM') {
    this.process.kill(signal)
    return this.exited
  }

  async remove() {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      await Promise.race([this.stop(), sleep(8000, undefined, { ref: false })])
      this.process.kill('SIGKILL')
      await this.exited
    }
    await rm(this.dataDir, { recursive: true, force: true })
  }
}

export function alive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
