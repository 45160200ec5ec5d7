// Small pictures, kept while there is room for them; what was not seen for longest goes first. They are kept as data
// URLs: an object URL is made and read by way of the browser's other processes, which takes longer than all else that
// is done for a small picture, and is felt while one scrolls.

const MOST_PICTURES = 1200;
const MOST_BYTES = 24 * 1024 * 1024;

class Pictures {
  constructor() {
    this.kept = new Map(); // path → {url, side, stamp, bytes, note, width, height}; the last used is last
    this.bytes = 0;
    this.received = 0; // pictures that came, for whoever counts
  }

  // What is kept of a take as it is now; `side` is that of the picture, which may be smaller than is wanted.
  get(row) {
    const found = this.kept.get(row.path);
    if (!found || (row.stamp && found.stamp && found.stamp !== row.stamp)) return null;
    this.kept.delete(row.path);
    this.kept.set(row.path, found);
    return found;
  }

  has(row, side) {
    const found = this.kept.get(row.path);
    return Boolean(found) && found.stamp === row.stamp && found.side >= side;
  }

  // A picture came: {path, stamp, side, mime, width, height, note} and its bytes.
  put(told, bytes) {
    this.received += 1;
    const before = this.kept.get(told.path);
    if (before && before.stamp === told.stamp && before.side >= told.side) return before;
    this.drop(told.path);
    const url = bytes && told.mime ? dataUrl(bytes, told.mime) : "";
    const size = bytes?.byteLength ?? 0;
    const entry = { url, side: told.side, stamp: told.stamp, bytes: size, note: told.note, width: told.width, height: told.height };
    this.kept.set(told.path, entry);
    this.bytes += size;
    for (const path of this.kept.keys()) {
      if (this.kept.size <= MOST_PICTURES && this.bytes <= MOST_BYTES) break;
      this.drop(path);
    }
    return entry;
  }

  drop(path) {
    const found = this.kept.get(path);
    if (!found) return;
    this.kept.delete(path);
    this.bytes -= found.bytes;
  }

  clear() {
    for (const path of [...this.kept.keys()]) this.drop(path);
  }
}

function dataUrl(buffer, mime) {
  const bytes = new Uint8Array(bytesOf(buffer));
  if (bytes.toBase64) return `data:${mime};base64,${bytes.toBase64()}`;
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return `data:${mime};base64,${btoa(text)}`;
}
