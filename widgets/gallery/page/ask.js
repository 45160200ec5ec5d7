// The line to the kernel: messages out, requests with their answers, messages in.

class Kernel {
  constructor(model, view) {
    this.model = model;
    this.view = view;
    this.next = 1;
    this.waiting = new Map();
  }

  send(fields, buffers) {
    this.model.send({ ...fields, view: this.view }, undefined, buffers);
  }

  // Ask for something and have {reply, buffers}, or an Error in words. `progress` is called with what is told
  // meanwhile; `signal` (of an AbortController) takes the request back.
  ask(what, fields = {}, { buffers, progress, signal } = {}) {
    const id = this.next;
    this.next += 1;
    return new Promise((done, failed) => {
      if (signal?.aborted) {
        failed(new DOMException("Not wanted any more", "AbortError"));
        return;
      }
      this.waiting.set(id, { done, failed, progress });
      signal?.addEventListener("abort", () => {
        if (!this.waiting.delete(id)) return;
        this.send({ kind: "cancel", id });
        failed(new DOMException("Not wanted any more", "AbortError"));
      }, { once: true });
      this.send({ kind: "ask", id, what, fields }, buffers);
    });
  }

  // Whether a message was an answer to this view, and was taken.
  took(message, buffers) {
    if (message.kind !== "answer" && message.kind !== "told") return false;
    const asked = this.waiting.get(message.id);
    if (!asked) return true;
    if (message.kind === "told") asked.progress?.(message.fields);
    else {
      this.waiting.delete(message.id);
      if (message.ok) asked.done({ reply: message.reply, buffers });
      else asked.failed(new Error(message.error));
    }
    return true;
  }

  close() {
    for (const { failed } of this.waiting.values()) failed(new DOMException("The gallery was closed", "AbortError"));
    this.waiting.clear();
  }
}
