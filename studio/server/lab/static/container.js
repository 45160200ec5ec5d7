// The module-federation container by which JupyterLab takes the extension in, written by hand: no bundler.
// JupyterLab loads this script, calls `init` with what it shares, and asks `get` for what package.json names.

(() => {
  const here = document.currentScript.src;
  let shared = null;

  // JupyterLab's own copy of a package.
  async function take(name) {
    const versions = Object.values(shared[name]);
    const chosen = versions.find((one) => one.loaded || one.eager) ?? versions[0];
    return (await chosen.get())();
  }

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB["directors-notebook"] = {
    init(scope) {
      shared = scope;
    },
    async get(module) {
      if (module !== "./extension") throw new Error(`directors-notebook has no module ${module}`);
      const { makePlugin, PACKAGES } = await import(new URL("plugin.js", here).href);
      const names = Object.values(PACKAGES);
      if (!names.every((name) => shared?.[name])) return () => ({ __esModule: true, default: [] }); // Voila
      const found = await Promise.all(names.map(take));
      const packages = Object.fromEntries(Object.keys(PACKAGES).map((key, at) => [key, found[at]]));
      return () => ({ __esModule: true, default: [makePlugin(packages)] });
    },
  };
})();
