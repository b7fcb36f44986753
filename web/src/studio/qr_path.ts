/** A QR code as the path of an SVG, drawn here: what is in it goes to nobody. ISO/IEC 18004. */
import qrcode from 'qrcode-generator';

export interface QrPath {
  /** Modules along one side, with the margin of four that readers need. */
  size: number;
  d: string;
}

const kMargin = 4;

export function qrPath(text: string): QrPath {
  const code = qrcode(0, 'M'); // as large as the text needs
  code.addData(text, 'Byte');
  code.make();
  const count = code.getModuleCount();
  let d = '';
  for (let row = 0; row < count; ++row) {
    for (let column = 0; column < count; ++column) {
      if (code.isDark(row, column)) d += `M${column + kMargin} ${row + kMargin}h1v1h-1z`;
    }
  }
  return { size: count + 2 * kMargin, d };
}
