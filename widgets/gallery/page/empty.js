// What is said where no takes are: why, and what to do.

class EmptyPlace {
  constructor(page) {
    this.page = page;
    this.element = make("div", "gallery-empty");
    this.element.hidden = true;
  }

  show(scanning) {
    const { order, state, root } = this.page;
    const nothing = Boolean(state) && order.stamp > 0 && order.count === 0;
    this.element.hidden = !nothing;
    root.dataset.empty = String(nothing);
    if (!nothing) return;
    const [title, text, ...buttons] = this.words(order, state, scanning);
    const key = JSON.stringify([title, text]);
    if (this.key === key) return;
    this.key = key;
    this.element.replaceChildren(make("h3", "", title), make("p", "", text), make("div", "gallery-empty-buttons", ...buttons));
  }

  words(order, state, scanning) {
    const all = () => this.page.set({ query: "", filters: {}, folder: "", deep: true });
    if (this.page.narrowed) {
      const buttons = [button("Clear search and filters", "gallery-button gallery-button-main", () => this.page.set({ query: "", filters: {} }))];
      if (state.folder) buttons.push(button("Search the whole project", "gallery-button", () => this.page.set({ folder: "", deep: true })));
      return ["Nothing is like that", "No take fits the search and the filters. Take off a part of them, or look for fewer words.", ...buttons];
    }
    if (scanning && !order.all) return ["Looking at the folders", "The first takes will be here in a moment."];
    if (state.folder) {
      return ["No takes in this folder", "Render into it, or drag takes onto it in the tree.", button("Show the whole project", "gallery-button gallery-button-main", all)];
    }
    return ["No takes yet", "Render a shot, or copy pictures and films into the project's folder: they will be here by themselves.",
      button("Look again", "gallery-button gallery-button-main", () => this.page.act("gallery.rescan"))];
  }
}
