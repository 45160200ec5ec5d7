// Director's Notebook in JupyterLab: a card in the launcher, a project's files opened as its console, and the
// same in the file browser's menu. What is asked of the server is in studio/server/routes/console.py.

export const PACKAGES = {
  launcher: "@jupyterlab/launcher",
  filebrowser: "@jupyterlab/filebrowser",
  apputils: "@jupyterlab/apputils",
  docregistry: "@jupyterlab/docregistry",
  services: "@jupyterlab/services",
  coreutils: "@jupyterlab/coreutils",
  icons: "@jupyterlab/ui-components",
  widgets: "@lumino/widgets",
};

const OPEN = "directors-notebook:open";
const FILE_TYPE = "directors-notebook-project";
const FACTORY = "Director's Notebook";

// A clapperboard with its arm open; the stripes and the arrow are holes, so that it is right on any ground.
const SHAPE = `<path fill-rule="evenodd" d="M3 10.500h18v9a1.500 1.500 0 0 1-1.500 1.500h-15a1.500 1.500 0 0 1-1.500-1.500z
M10 12.800v5.800l5-2.900z"/><path d="M2.800 8.900 2.100 6l3.300-.9 1.500 2.700zM8.600 7.300 7.100 4.600l3.500-1 1.500 2.700z
M13.800 5.900l-1.500-2.700 3.500-1 1.500 2.700zM19 4.500l-1.500-2.700 1.600-.4.800 2.900z"/>`;
const VIEW = `xmlns="http://www.w3.org/2000/svg" width="24" viewBox="0 0 24 24"`;
const ICON = `<svg ${VIEW}><g class="jp-icon3" fill="#616161">${SHAPE}</g></svg>`;
const CARD = `<svg ${VIEW}><g fill="#c8642b">${SHAPE}</g></svg>`;

export function makePlugin(packages) {
  const { launcher, filebrowser, apputils, docregistry, icons } = packages;
  return {
    id: "directors-notebook:launcher",
    description: "Opens the console of a film project.",
    autoStart: true,
    requires: [filebrowser.IDefaultFileBrowser],
    optional: [launcher.ILauncher, apputils.ICommandPalette],
    activate(app, browser, cards, palette) {
      const icon = new icons.LabIcon({ name: "directors-notebook:clapper", svgstr: ICON });
      const desk = new Desk(app, packages);
      app.commands.addCommand(OPEN, {
        label: "Director's Notebook",
        caption: "Open a film project: storyboard, looks, takes, farm",
        // the launcher's heading takes the icon of its first card
        icon: ({ isPalette, isLauncher }) => (isPalette ? undefined : isLauncher ? icons.notebookIcon : icon),
        execute: (args) => desk.open(args),
      });
      const kernelIconUrl = `data:image/svg+xml,${encodeURIComponent(CARD)}`; // cards beside kernels show this
      cards?.add({ command: OPEN, category: "Notebook", rank: 0, args: { isLauncher: true }, kernelIconUrl });
      palette?.addItem({ command: OPEN, category: "Director's Notebook", args: { isPalette: true } });
      addMenu(app, browser, icon);
      addFileType(app, packages, docregistry, icon);
    },
  };
}

// "Open in Director's Notebook" for folders and for a project's own files.
function addMenu(app, browser, icon) {
  const command = "directors-notebook:open-chosen";
  app.commands.addCommand(command, {
    label: "Open in Director's Notebook",
    icon,
    execute: () => {
      const chosen = browser.selectedItems().next().value;
      if (!chosen) return null;
      const folder = chosen.type === "directory" ? chosen.path : parent(chosen.path);
      return app.commands.execute(OPEN, { folder });
    },
  });
  const selectors = ['.jp-DirListing-item[data-isdir="true"]', `.jp-DirListing-item[data-file-type="${FILE_TYPE}"]`];
  for (const selector of selectors) app.contextMenu.addItem({ command, selector, rank: 2 });
}

// studio.toml and storyboard.toml open as the console of their project; "Open With" still has the editor.
function addFileType(app, packages, docregistry, icon) {
  app.docRegistry.addFileType({
    name: FILE_TYPE,
    displayName: "Film Project",
    pattern: "^(studio|storyboard)\\.toml$",
    extensions: [],
    mimeTypes: ["application/toml"],
    contentType: "file",
    fileFormat: "text",
    icon,
  });

  class Doorway extends docregistry.ABCWidgetFactory {
    createNewWidget(context) {
      const content = new packages.widgets.Widget();
      content.node.textContent = "Opening the console …";
      content.node.style.padding = "2rem";
      const widget = new docregistry.DocumentWidget({ content, context });
      void context.ready.then(async () => {
        await app.commands.execute(OPEN, { folder: parent(context.path) });
        widget.dispose();
      });
      return widget;
    }
  }
  app.docRegistry.addWidgetFactory(
    new Doorway({ name: FACTORY, modelName: "text", fileTypes: [FILE_TYPE], defaultFor: [FILE_TYPE], readOnly: true }),
  );
}

function parent(path) {
  return path.split("/").slice(0, -1).join("/");
}

// Finds the project that is meant, or lets a person choose or make one, and opens its console.
class Desk {
  constructor(app, packages) {
    this.app = app;
    this.packages = packages;
  }

  // `folder` names a folder of the file browser; the launcher gives the one that is open, as `cwd`.
  async open({ folder, cwd }) {
    try {
      const at = folder ?? cwd ?? "";
      const hand = await this.ask(`console?folder=${encodeURIComponent(at)}`);
      const project = hand.project ?? (await this.choose(hand));
      if (project === null) return null;
      const { notebook, ours } = await this.ask("console", { project });
      const known = this.shown(notebook);
      const widget = await this.app.commands.execute("docmanager:open", { path: notebook });
      // Only what we wrote ourselves is run unasked: a project may come from anybody.
      if (ours && !known) await this.run(widget);
      return widget;
    } catch (error) {
      await this.packages.apputils.showErrorMessage("Director's Notebook", error.message);
      return null;
    }
  }

  // Whether the notebook is open already; then its cells have been run, or are not to be.
  shown(path) {
    return [...this.app.shell.widgets("main")].some((one) => one.context?.path === path);
  }

  async run(widget) {
    await widget.context.ready;
    await widget.sessionContext.ready;
    this.app.shell.activateById(widget.id);
    await this.app.commands.execute("notebook:run-all-cells");
  }

  // The address of a project; null if the person changed their mind.
  async choose(hand) {
    const { InputDialog } = this.packages.apputils;
    const where = hand.address === "" ? "here" : `in ${hand.address}`;
    const fresh = `New project ${where} …`;
    const whole = hand.projects.filter((one) => !one.problem);
    const items = whole.map(({ name, project }) => (name === project ? name : `${name} (${project || "here"})`));
    const answer = await InputDialog.getItem({
      title: "Open a film project",
      label: "Project",
      items: hand.address === null ? items : [...items, fresh],
      current: 0,
      okLabel: "Open",
    });
    if (!answer.button.accept || !answer.value) return null;
    if (answer.value !== fresh) return whole[items.indexOf(answer.value)].project;
    const named = await InputDialog.getText({
      title: "New film project",
      label: "Name of its folder",
      placeholder: "last-ferry",
      okLabel: "Make it",
      pattern: "[^\\/\\\\]+", // browsers read it with the flag v, which wants the slash escaped
    });
    if (!named.button.accept || !named.value?.trim()) return null;
    const address = [hand.address, named.value.trim()].filter(Boolean).join("/");
    return (await this.ask("projects", { project: address })).project;
  }

  // Jupyter's own way to the server brings token and XSRF along.
  async ask(path, body = null) {
    const { ServerConnection } = this.packages.services;
    const settings = ServerConnection.makeSettings();
    const url = this.packages.coreutils.URLExt.join(settings.baseUrl, "studio/api/v1/") + path;
    const init = body === null ? {} : { method: "POST", body: JSON.stringify(body) };
    const response = await ServerConnection.makeRequest(url, init, settings);
    const data = await response.json().catch(() => ({}));
    if (response.ok) return data;
    const said = [data.where, data.what].filter(Boolean).join(": ") || `the server answered ${response.status}`;
    throw new Error([said, data.hint].filter(Boolean).join(". "));
  }
}
