// Embeds the built pages into the executable.
//   node scripts/embed_pages.mjs DIST OUT
// reads every file under DIST and writes OUT/pages.S (the bytes, by .incbin), OUT/pages_index.cc
// (embedded_pages() of gateway/pages.h) and OUT/gzip/ (what compresses well, compressed once).
// The output depends on the input alone.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { extname, join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'

const contentTypes = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.mp3': 'audio/mpeg',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
}
// Vite puts what it names by hash (name-HASH.ext) into assets/.
const hashedName = /^\/assets\/.*-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$/
const worthwhile = 0.9 // of the size; else the gzip variant is left out

function files(directory, prefix = '') {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? files(join(directory, entry.name), `${prefix}/${entry.name}`)
      : [`${prefix}/${entry.name}`],
  )
}

const [dist, out] = process.argv.slice(2).map((path) => resolve(path))
if (!out) throw new Error('usage: embed_pages.mjs DIST OUT')
// By code unit, as std::string_view compares: no locale.
const paths = files(dist).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
if (!paths.includes('/index.html')) throw new Error(`${dist} holds no index.html`)

const gzipDirectory = join(out, 'gzip')
rmSync(gzipDirectory, { recursive: true, force: true })
mkdirSync(gzipDirectory, { recursive: true })

const quoted = (text) => JSON.stringify(text)
const assembly = ['    .section .rodata', '    .balign 16']
const declarations = []
const rows = []

function embed(label, file) {
  assembly.push(`    .global ${label}`, `${label}:`, `    .incbin ${quoted(file)}`)
  assembly.push(`    .global ${label}_end`, `${label}_end:`, '    .byte 0')
  declarations.push(`extern const uint8_t ${label}[];`, `extern const uint8_t ${label}_end[];`)
  return `{${label}, ${label}_end}`
}

paths.forEach((path, index) => {
  const type = contentTypes[extname(path)]
  if (!type) throw new Error(`${path}: no content type is known for it; add one here`)
  if (!/^[\x21-\x7e]+$/.test(path) || /["\\]/.test(path)) throw new Error(`${path}: unfit name`)
  const bytes = readFileSync(join(dist, path))
  const etag = createHash('sha256').update(bytes).digest('hex').slice(0, 32)
  const span = embed(`longmen_page_${index}`, join(dist, path))
  const packed = gzipSync(bytes, { level: 9 })
  let gzip = '{}'
  if (packed.length < bytes.length * worthwhile) {
    const file = join(gzipDirectory, `${index}.gz`)
    writeFileSync(file, packed)
    gzip = embed(`longmen_page_${index}_gzip`, file)
  }
  const tag = quoted(`"${etag}"`)
  rows.push(`      {${quoted(path)}, ${quoted(type)}, ${tag}, ${span}, ${gzip}, ${hashedName.test(path)}},`)
})

assembly.push('    .section .note.GNU-stack,"",@progbits')
writeFileSync(join(out, 'pages.S'), assembly.join('\n') + '\n')
writeFileSync(
  join(out, 'pages_index.cc'),
  `// Made by scripts/embed_pages.mjs.
#include "gateway/pages.h"

extern "C" {
${declarations.join('\n')}
}

namespace longmen {

std::span<const Page> embedded_pages() {
  static const Page pages[] = {
${rows.join('\n')}
  };
  return pages;
}

}  // namespace longmen
`,
)
