// The module-federation container by which JupyterLab takes the extension in, written by hand: no bundler.
// JupyterLab loads this script, calls `init` with what it shares, and asks `get` for what package.json names.

(() => {
  const here = document.currentScript.src;
  let shared = null;

  // JupyterLab's own copy of a package, where it shares one; Voila shares less.
  async function take(name) {
    const versions = Object.values(shared?.[name] ?? {});
    const chosen = versions.find((one) => one.loaded || one.eager) ?? versions[0];
    return chosen ? (await chosen.get())() : null;
  }

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB["directors-notebook"] = {
    init(scope) {
      shared = scope;
    },
    async get(module) {
      if (module !== "./extension") throw new Error(`directors-notebook has no module ${module}`);
      const { makePlugin, PACKAGES } = await import(new URL("plugin.js", here).href);
      const found = await Promise.all(Object.values(PACKAGES).map(take));
      const packages = Object.fromEntries(Object.keys(PACKAGES).map((key, at) => [key, found[at]]));
      const whole = Object.values(packages).every(Boolean);
      return () => ({ __esModule: true, default: whole ? [makePlugin(packages)] : [] });
    },
  };
})();
