// What happened: toasts that stay until they are dismissed or the list was opened, and the list with what is unread.

const SHOWN = 3; // errors that stand over the page at once, and of what went well the newest; of more there is a count

function ago(then, now) {
  const seconds = Math.max(0, now - then);
  if (seconds < 5) return "now";
  return `${span(seconds)} ago`;
}

function noticeParts(row, go, send) {
  const text = make("p", "console-notice-text", row.count > 1 ? `${row.text} (${row.count}×)` : row.text);
  const acts = make("span", "console-notice-acts");
  if (row.file) acts.append(button("Download", "console-link", () => send({ kind: "file", id: row.id })));
  if (row.room) acts.append(button("Show", "console-link", () => go(row.room)));
  return [text, acts];
}

class Notices {
  constructor(send, go) {
    this.send = send;
    this.go = go;
    this.bell = signButton("Notifications", "bell", () => this.flap.toggle(), "console-bell");
    this.badge = make("span", "console-badge");
    this.bell.append(this.badge);
    this.flap = new Flap(this.bell, "console-notices", "Notifications");
    this.list = make("ol", "console-notice-list");
    this.none = make("p", "console-none", "Nothing has happened yet.");
    this.clear = button("Clear", "console-link", () => send({ kind: "clear" }));
    this.flap.element.append(make("header", "console-flap-head", make("h3", "", "Notifications"), this.clear), this.list, this.none);
    this.flap.opened = () => this.seen();
    this.toasts = make("div", "console-toasts");
    this.toasts.setAttribute("role", "log");
    this.toasts.setAttribute("aria-live", "polite");
    label(this.toasts, "New notifications");
    this.items = new Map();
    this.rows = [];
  }

  seen() {
    if (this.rows.length) this.send({ kind: "read", id: Math.max(...this.rows.map((row) => row.id)) });
    this.drawList();
  }

  draw(state, now) {
    this.now = now;
    this.rows = state.notices;
    say(this.badge, state.unread ? String(Math.min(state.unread, 99)) : "");
    this.badge.hidden = !state.unread;
    this.badge.dataset.level = state.notices.some((row) => !row.read && row.level === "error") ? "error" : "info";
    label(this.bell, state.unread ? `Notifications: ${state.unread} unread` : "Notifications");
    if (this.flap.isOpen) {
      if (state.unread) this.seen();
      else this.drawList();
    }
    this.drawToasts();
  }

  drawList() {
    this.none.hidden = this.rows.length > 0;
    this.clear.hidden = !this.rows.some((row) => row.read);
    const shape = JSON.stringify(this.rows);
    if (shape !== this.shape) {
      this.shape = shape;
      this.list.replaceChildren(...this.rows.map((row) => {
        const [text, acts] = noticeParts(row, (room) => this.leave(room), this.send);
        const when = make("time", "console-when");
        when.dataset.at = String(row.at);
        const element = make("li", "console-notice", text, make("span", "console-notice-foot", when, acts));
        element.dataset.level = row.level;
        return element;
      }));
    }
    this.tick(this.now);
  }

  leave(room) {
    this.flap.close(false);
    this.go(room);
  }

  drawToasts() {
    const wanted = this.rows.filter((row) => row.toast);
    const errors = wanted.filter((row) => row.level === "error").slice(0, SHOWN);
    const good = wanted.filter((row) => row.level !== "error").slice(0, 1);
    const shown = wanted.filter((row) => errors.includes(row) || good.includes(row));
    for (const [id, item] of this.items) {
      if (shown.some((row) => row.id === id)) continue;
      item.element.remove();
      this.items.delete(id);
    }
    const elements = shown.map((row) => {
      const key = JSON.stringify([row.text, row.count]);
      let item = this.items.get(row.id);
      if (!item || item.key !== key) {
        item?.element.remove();
        const [text, acts] = noticeParts(row, (room) => {
          this.send({ kind: "dismiss", id: row.id });
          this.go(room);
        }, this.send);
        const away = signButton("Dismiss", "close", () => this.send({ kind: "dismiss", id: row.id }), "console-toast-close");
        item = { key, element: make("div", "console-toast", make("div", "console-toast-words", text, acts), away) };
        item.element.dataset.level = row.level;
        if (row.level === "error") item.element.setAttribute("role", "alert");
        this.items.set(row.id, item);
      }
      return item.element;
    });
    const rest = wanted.length - shown.length;
    this.more ??= button("", "console-more", () => this.flap.toggle());
    say(this.more, rest ? `${rest} more` : "");
    this.more.hidden = !rest;
    arrange(this.toasts, [...elements.reverse(), this.more]);
    this.toasts.hidden = !wanted.length;
  }

  tick(now) {
    this.now = now;
    if (!this.flap.isOpen) return;
    for (const each of this.list.querySelectorAll("time")) say(each, ago(Number(each.dataset.at), now));
  }
}
