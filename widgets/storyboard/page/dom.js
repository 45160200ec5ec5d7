// The storyboard's page. The parts of this folder are joined to one module by page/__init__.py. Python draws the
// board at rest on an ipycanvas; over it lies what moves with the hand, here, and what a hand did becomes one
// message. Text is set by textContent and by canvas text only.

function iconButton(words, path, press) {
  return pictureButton(words, path, "board-icon", press);
}

function sharpCanvas(className) {
  const canvas = make("canvas", className);
  canvas.setAttribute("aria-hidden", "true");
  return canvas;
}

// Give `canvas` the size in device pixels that is sharp at `width` × `height` CSS pixels; gives its context.
function sized(canvas, width, height, ratio) {
  const [w, h] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.width = `${w / ratio}px`;
    canvas.style.height = `${h / ratio}px`;
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

const TOKENS = {
  ink: "ink", soft: "ink-soft", paper: "paper", deep: "paper-deep", rule: "rule", track: "track", screen: "screen",
  screen_ink: "screen-ink", accent: "accent", good: "good", bad: "bad", idle: "idle",
};

// The design tokens as the theme gives them here and now, as #rrggbb, which is all that Python takes.
function readPalette(root) {
  const probe = make("i");
  probe.hidden = true;
  root.append(probe);
  const pixel = make("canvas");
  pixel.width = pixel.height = 1;
  const context = pixel.getContext("2d", { willReadFrequently: true });
  const hex = (colour) => {
    for (const each of ["var(--studio-paper)", colour]) { // some are transparent, and lie on paper
      probe.style.color = each;
      context.fillStyle = getComputedStyle(probe).color;
      context.fillRect(0, 0, 1, 1);
    }
    const [r, g, b] = context.getImageData(0, 0, 1, 1).data;
    return `#${[r, g, b].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
  };
  const palette = {};
  for (const [name, token] of Object.entries(TOKENS)) palette[name] = hex(`var(--studio-${token})`);
  palette.deep = hex("var(--board-deep)");
  palette.rule = hex("var(--board-rule)");
  const own = { focus: hex("var(--studio-focus)"), guide: hex("var(--board-guide)"), ground: hex("var(--board-ground)") };
  const font = getComputedStyle(root).fontFamily.replace(/[^\w\s,.'"-]/g, "");
  palette.font = font.slice(0, 400) || "sans-serif";
  palette.dark = document.body.dataset.jpThemeLight === "false";
  probe.remove();
  return { palette, own };
}
