/**
 * A guess, from what comes on a connection, that a slate has become something that moves: a picture
 * that stands still takes little. It decides nothing: whoever hears of it asks the server.
 */
const kWindow = 6;
const kFactor = 1.6;
const kLeastMoreBps = 100_000;

export class TrafficJump {
  private rates: number[] = [];
  private last: { bytes: number; atMs: number } | null = null;

  /** @param bytes received so far, of pictures; another connection counts anew. */
  look(bytes: number, atMs: number): boolean {
    const last = this.last;
    this.last = { bytes, atMs };
    if (!last || bytes < last.bytes || atMs <= last.atMs) {
      if (last && bytes < last.bytes) this.rates = [];
      return false;
    }
    const rate = ((bytes - last.bytes) * 8000) / (atMs - last.atMs);
    const usual = this.rates.reduce((sum, each) => sum + each, 0) / this.rates.length;
    const full = this.rates.length === kWindow;
    const jumped = full && rate > usual * kFactor && rate > usual + kLeastMoreBps;
    this.rates = jumped ? [] : [...this.rates, rate].slice(-kWindow);
    return jumped;
  }
}
