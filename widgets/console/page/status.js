// The line at the foot: what there is, what goes on, whether it is saved, and who one is here.

const SAVED = { saved: "Saved", saving: "Saving …", unsaved: "Not saved" };

class Status {
  constructor(go) {
    this.parts = {};
    const part = (name, room) => {
      const element = room ? button("", "console-fact", () => go(room)) : make("span", "console-fact");
      this.parts[name] = element;
      return element;
    };
    this.element = make(
      "footer", "console-foot",
      part("project"), part("panels", "storyboard"), part("takes", "gallery"), part("backends", "farm"), part("jobs", "farm"),
      make("span", "console-space"), part("role"), part("saved"),
    );
    label(this.element, "Status");
    this.parts.saved.setAttribute("role", "status");
  }

  draw({ project, status }) {
    const { parts } = this;
    const tell = (name, words, hint = "") => {
      say(parts[name], words);
      parts[name].hidden = !words;
      if (hint) tip(parts[name], hint);
    };
    const many = (number, one) => `${number.toLocaleString("en")} ${number === 1 ? one : `${one}s`}`;
    tell("project", project.name, project.path);
    tell("panels", many(status.panels, "panel"), "Go to the storyboard");
    tell("takes", status.takes === null ? "counting takes …" : many(status.takes, "take"), "Go to the gallery");
    tell("backends", status.ready === null ? "" : `${status.ready} of ${many(status.backends, "backend")} ready`, "Go to the farm");
    parts.backends.dataset.none = String(status.ready === 0);
    const jobs = [status.running && `${status.running} rendering`, status.waiting && `${status.waiting.toLocaleString("en")} waiting`];
    tell("jobs", jobs.filter(Boolean).join(" · "), "Go to the farm");
    tell("role", status.role === "director" ? "" : `as ${status.role}`, `What you may do here is what a ${status.role} may`);
    tell("saved", SAVED[status.saved], { saved: "Everything is on disk", saving: "Being written", unsaved: "The disk refused; it is tried again" }[status.saved]);
    parts.saved.dataset.saved = status.saved;
  }
}
