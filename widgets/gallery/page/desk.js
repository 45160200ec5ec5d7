// The desk: opens the panels, one at a time.

const DESK_PANELS = {
  tags: TagPanel, trash: TrashPanel, duplicates: CopiesPanel, rename: RenamePanel, stats: StatsPanel,
  views: ViewsPanel, collections: CollectionsPanel, history: HistoryPanel,
};

class Desk {
  constructor(page) {
    this.page = page;
    this.panel = null;
  }

  open(name, paths = []) {
    const Panel = DESK_PANELS[name];
    this.panel?.close();
    const panel = new Panel(this.page, [...paths]);
    panel.dialog = this.page.dialog(Panel.title, panel.element, [{ text: "Close" }], { wide: true, name });
    if (panel.foot) panel.dialog.element.querySelector(".gallery-dialog-buttons").prepend(panel.foot);
    this.panel = panel;
    panel.dialog.closed.then(() => {
      panel.closed();
      if (this.panel === panel) this.panel = null;
    });
    panel.load();
    return panel;
  }

  dispose() {
    this.panel?.close();
  }
}
