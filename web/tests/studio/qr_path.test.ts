import jsQR from 'jsqr';
import { describe, expect, it } from 'vitest';
import { qrPath } from '../../src/studio/qr_path';

/** The path as a reader's camera sees it. */
function read(text: string): string | undefined {
  const { size, d } = qrPath(text);
  const scale = 4;
  const width = size * scale;
  const pixels = new Uint8ClampedArray(width * width * 4).fill(255);
  for (const [, x, y] of d.matchAll(/M(\d+) (\d+)h1v1h-1z/g)) {
    for (let i = 0; i < scale * scale; ++i) {
      const column = Number(x) * scale + (i % scale);
      const row = Number(y) * scale + Math.floor(i / scale);
      pixels.fill(0, (row * width + column) * 4, (row * width + column) * 4 + 3);
    }
  }
  return jsQR(pixels, width, width)?.data;
}

describe('the QR code', () => {
  it('is read as what was put into it', () => {
    const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
    for (const name of ['li', '%E6%9D%8E%E4%BC%9F', 'n'.repeat(64)]) {
      const text = `otpauth://totp/Longmen:${name}?secret=${secret}&issuer=Longmen`;
      expect(read(text)).toBe(text);
    }
  });
});
