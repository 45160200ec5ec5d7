// Whole pictures, films and sounds for the lightbox and for comparing: each in the form that the browser can show,
// no larger than is seen, kept as object URLs while there is room for them.

const KEPT_MEDIA = 192 * 1024 * 1024; // bytes
const AT_ONCE = 6 * 1024 * 1024; // bytes of a picture that comes as it is; of a larger one first a smaller one made of it
const FIRST_SIDE = 2048; // of that
const LAST_SIDE = 8192; // the largest that is made of a picture

class Media {
  constructor(page) {
    this.page = page;
    this.kept = new Map(); // key → {url, bytes, width, height, whole, note, held}; the last used is last
    this.bytes = 0;
  }

  // What the file is, as `look` of viewing.py.
  async look(path, signal) {
    const { reply } = await this.page.ask("viewer.look", { path }, { signal });
    return { ...reply, path };
  }

  // A picture of it to begin with. Hold what is shown, and let it go; see `hold`.
  async first(facts, { signal, progress } = {}) {
    if (facts.kind === "image" && facts.native && facts.bytes <= AT_ONCE) return this.whole(facts, { signal, progress });
    return this.made(facts, FIRST_SIDE, signal);
  }

  // All that there is of it: the file itself, or the largest picture that is made of it.
  async whole(facts, { signal, progress } = {}) {
    if (!facts.native) return this.made(facts, LAST_SIDE, signal);
    const key = `${facts.path}\n${facts.stamp}\nwhole`;
    return this.get(key, async () => {
      const pieces = new Pieces(async (start) => {
        const { reply, buffers } = await this.page.ask("viewer.piece", { path: facts.path, start, stamp: facts.stamp }, { signal });
        return { data: pieceBytes(buffers[0]), size: reply.size };
      });
      const blob = await pieces.load(facts.mime, progress);
      return { blob, width: facts.width, height: facts.height, whole: true, note: "" };
    });
  }

  async made(facts, side, signal) {
    const key = `${facts.path}\n${facts.stamp}\n${side}`;
    return this.get(key, async () => {
      const { reply, buffers } = await this.page.ask("viewer.picture", { path: facts.path, side }, { signal });
      const size = buffers[0]?.byteLength ?? 0;
      const blob = size ? new Blob([pieceBytes(buffers[0])], { type: reply.mime }) : null;
      const whole = facts.kind !== "image" || (!facts.native && (side >= LAST_SIDE || reply.width >= facts.width));
      return { blob, width: reply.width, height: reply.height, whole, note: blob ? "" : reply.note };
    });
  }

  async get(key, make) {
    const found = this.kept.get(key);
    if (found) {
      this.kept.delete(key);
      this.kept.set(key, found);
      return found;
    }
    const { blob, ...facts } = await make();
    const twin = this.kept.get(key);
    if (twin) return twin; // it was asked for twice
    const entry = { ...facts, key, url: blob ? URL.createObjectURL(blob) : "", bytes: blob?.size ?? 0, held: 0 };
    this.kept.set(key, entry);
    this.bytes += entry.bytes;
    this.sweep(entry);
    return entry;
  }

  hold(entry) {
    entry.held += 1;
    return entry;
  }

  letGo(entry) {
    if (!entry) return;
    entry.held -= 1;
    this.sweep();
  }

  sweep(except) {
    for (const [key, entry] of this.kept) {
      if (this.bytes <= KEPT_MEDIA) return;
      if (entry.held > 0 || entry === except) continue;
      this.kept.delete(key);
      this.bytes -= entry.bytes;
      if (entry.url) URL.revokeObjectURL(entry.url);
    }
  }

  dispose() {
    for (const entry of this.kept.values()) if (entry.url) URL.revokeObjectURL(entry.url);
    this.kept.clear();
    this.bytes = 0;
  }
}
