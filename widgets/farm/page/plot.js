// A little plot: the last ten minutes, by time. Points come one by one; old ones fall out.

const WINDOW = 600; // seconds
const PLOT = { width: 120, height: 28 };

class Plot {
  constructor(className) {
    this.points = []; // [time, value or null]
    this.area = shape("path", { class: "farm-plot-area" });
    this.line = shape("path", { class: "farm-plot-line", "vector-effect": "non-scaling-stroke" });
    this.element = shape(
      "svg",
      { viewBox: `0 0 ${PLOT.width} ${PLOT.height}`, preserveAspectRatio: "none", class: `farm-plot ${className}`, role: "img" },
      this.area,
      this.line,
    );
  }

  add(points, now) {
    this.points.push(...points);
    while (this.points.length && this.points[0][0] < now - WINDOW - 30) this.points.shift();
  }

  // `top`: the value at the upper edge.
  draw(now, top, words) {
    label(this.element, words);
    const runs = [[]];
    for (const [time, value] of this.points) {
      if (value === null) {
        if (runs.at(-1).length) runs.push([]);
        continue;
      }
      const x = PLOT.width * (1 - Math.max(0, now - time) / WINDOW);
      const y = 1 + (PLOT.height - 2) * (1 - Math.min(1, value / top));
      runs.at(-1).push([x.toFixed(1), y.toFixed(1)]);
    }
    let line = "";
    let area = "";
    for (const run of runs) {
      if (!run.length) continue;
      const path = `M${run.map((point) => point.join(" ")).join("L")}`;
      line += run.length > 1 ? path : `${path}h1`;
      area += `${path}V${PLOT.height}H${run[0][0]}Z`;
    }
    this.line.setAttribute("d", line);
    this.area.setAttribute("d", area);
  }
}
