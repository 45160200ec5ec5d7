// A file that comes in pieces, because a message may not be large. `ask(start)` gives a promise of { data, size }:
// the bytes from `start` on, and how many there are in all.

class Pieces {
  constructor(ask, { ahead = 3 } = {}) {
    this.ask = ask;
    this.ahead = ahead; // pieces under way at once
    this.stopped = false;
  }

  // The whole file as a Blob; null if it was stopped. Rejects with Error if it can't be had.
  async load(mime, progress = () => {}) {
    const first = await this.piece(0);
    if (this.stopped || !first) return null;
    const { size } = first;
    const parts = [first.data];
    const step = first.data.length;
    let got = step;
    progress(got, size);
    if (got < size && !step) throw new Error("The file was cut off while it was loaded.");
    const starts = [];
    for (let start = step; start < size; start += step) starts.push(start);
    const waiting = new Map();
    for (let at = 0; at < starts.length; at += 1) {
      for (let next = at; next < Math.min(starts.length, at + this.ahead); next += 1) {
        if (waiting.has(next)) continue;
        const asked = this.piece(starts[next]);
        asked.catch(() => {}); // the one that is waited for tells of it
        waiting.set(next, asked);
      }
      const piece = await waiting.get(at);
      waiting.delete(at);
      if (this.stopped || !piece) return null;
      if (piece.size !== size) throw new Error("The file changed while it was loaded. Open it again.");
      if (piece.data.length !== Math.min(step, size - starts[at])) throw new Error("The file was cut off while it was loaded.");
      parts.push(piece.data);
      got += piece.data.length;
      progress(got, size);
    }
    return new Blob(parts, { type: mime });
  }

  async piece(start) {
    if (this.stopped) return null;
    return this.ask(start);
  }

  stop() {
    this.stopped = true;
  }
}

// Bytes as they came beside a message, in an array of their own.
function pieceBytes(data) {
  return new Uint8Array(data.buffer ?? data, data.byteOffset ?? 0, data.byteLength).slice();
}
