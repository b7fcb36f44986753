// The test programme's marker, read from the luma of one picture: two rows of 64 cells, each a magic
// byte, 48 bits, and a CRC-8 (polynomial 0x07) over the seven bytes before it.
const kCells = 64;
const kCellRows = 36;

function crc8(bytes) {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : crc << 1;
  }
  return crc;
}

function readRow(luma, width, height, row, magic) {
  const y = Math.floor(((row + 0.5) * height) / kCellRows);
  const bytes = new Uint8Array(kCells / 8);
  for (let cell = 0; cell < kCells; cell++) {
    const x = Math.floor(((cell + 0.5) * width) / kCells);
    if (luma[y * width + x] > 128) bytes[cell >> 3] |= 0x80 >> (cell & 7);
  }
  if (bytes[0] !== magic || crc8(bytes.subarray(0, 7)) !== bytes[7]) return null;
  return bytes.subarray(1, 7).reduce((value, byte) => value * 256 + byte, 0);
}

// {counter, madeAt (epoch ms)}, or null when there is none.
export function readMarker(luma, width, height) {
  const counter = readRow(luma, width, height, 0, 0xa5);
  const madeAt = readRow(luma, width, height, 1, 0x5a);
  return counter === null || madeAt === null ? null : { counter, madeAt };
}
