// Shows the OpenAPI document, and tries its operations. All of it is text: nothing is put into the page as HTML.

const base = new URL("../../", document.baseURI); // Jupyter's base URL

function make(tag, attributes = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...inside);
  return element;
}

// `code`, lists and paragraphs, which is all that the document's words use.
function words(text) {
  const coded = (line) => line.split("`").map((piece, at) => (at % 2 ? make("code", { text: piece }) : piece));
  return text.trim().split(/\n\s*\n/).flatMap((paragraph) => {
    const [lead, ...items] = paragraph.split(/^- |\n- /);
    const list = items.map((item) => make("li", {}, ...coded(item)));
    return [...(lead ? [make("p", {}, ...coded(lead))] : []), ...(list.length ? [make("ul", {}, ...list)] : [])];
  });
}

function resolve(whole, schema) {
  const name = schema?.$ref?.split("/").pop();
  return name ? whole.components.schemas[name] : schema;
}

function kind(whole, schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  const choices = schema.anyOf || schema.oneOf;
  if (choices) return choices.map((one) => kind(whole, one)).join(" | ");
  if (schema.type === "array") return `list of ${kind(whole, schema.items) || "anything"}`;
  return schema.format ? `${schema.type} (${schema.format})` : schema.type || "anything";
}

// What a schema looks like, filled with defaults: a body to begin with.
function example(whole, given, depth = 0) {
  const schema = resolve(whole, given) || {};
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  const choices = schema.anyOf || schema.oneOf;
  if (choices) return example(whole, choices[0], depth);
  if (schema.type === "object") {
    const made = {};
    for (const name of schema.required || []) {
      if (depth < 4) made[name] = example(whole, schema.properties[name], depth + 1);
    }
    if (depth === 0 && schema.properties?.look) made.look = { kind: "live_action" };
    return made;
  }
  return { string: "", integer: 0, number: 0, boolean: false, array: [], null: null }[schema.type] ?? null;
}

function cookie(name) {
  const found = document.cookie.split("; ").find((one) => one.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

async function send(method, path, parameters, values, body, answer) {
  let address = path.replace(/^\//, "");
  const query = new URLSearchParams();
  for (const parameter of parameters) {
    const value = values.get(parameter.name).value;
    if (parameter.in === "path") address = address.replace(`{${parameter.name}}`, encodeURIComponent(value));
    else if (value !== "") query.append(parameter.name, value);
  }
  const url = new URL(address, base);
  url.search = query;
  answer.replaceChildren(make("p", { text: "…" }));
  try {
    const response = await fetch(url, {
      method,
      headers: { "Content-Type": "application/json", "X-XSRFToken": cookie("_xsrf") },
      body: body === null ? undefined : body.value,
    });
    const head = make("h3", { text: `${response.status} ${response.statusText}` });
    if (response.headers.get("Content-Type")?.startsWith("image/")) {
      const picture = make("img", { alt: "the answer", src: URL.createObjectURL(await response.blob()) });
      answer.replaceChildren(head, picture);
      return;
    }
    let text = await response.text();
    try {
      text = JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      // shown as it came
    }
    answer.replaceChildren(head, make("pre", { text: text.slice(0, 200000) }));
  } catch (error) {
    answer.replaceChildren(make("p", { text: `The server does not answer (${error.message}).` }));
  }
}

function field(whole, parameter, input) {
  const about = [parameter.description, kind(whole, parameter.schema)].filter(Boolean).join(" · ");
  const name = make("code", { text: parameter.name, class: parameter.required ? "must" : "" });
  return make(
    "div",
    { class: "field" },
    make("label", {}, name, " ", make("span", { class: "about", text: parameter.in })),
    make("div", {}, input, make("div", { class: "about" }, ...words(about).flatMap((one) => [...one.childNodes]))),
  );
}

function fields(whole, schema) {
  const shown = resolve(whole, schema);
  return Object.entries(shown?.properties || {}).map(([name, one]) =>
    make(
      "div",
      { class: "field" },
      make("code", { text: name, class: shown.required?.includes(name) ? "must" : "" }),
      make("span", { class: "about", text: [kind(whole, one), one.description].filter(Boolean).join(" · ") }),
    ),
  );
}

function operation(whole, path, method, one) {
  const inside = make("div", { class: "inside" });
  const details = make(
    "details",
    { class: "operation", id: one.operationId },
    make(
      "summary",
      {},
      make("span", { class: `method ${method}`, text: method.toUpperCase() }),
      make("span", { class: "path", text: path.replace("/studio/api/v1", "") }),
      make("span", { class: "summary", text: one.summary }),
    ),
    inside,
  );
  details.dataset.text = `${method} ${path} ${one.summary} ${one.description || ""}`.toLowerCase();
  details.addEventListener("toggle", () => details.open && !inside.firstChild && fill(), { once: false });
  function fill() {
    const values = new Map();
    inside.append(make("p", {}, make("code", { text: path })), ...words(one.description || ""));
    if (one.parameters.length) inside.append(make("h3", { text: "Parameters" }));
    for (const parameter of one.parameters) {
      const input = make("input", { "aria-label": parameter.name, placeholder: parameter.schema.default ?? "" });
      values.set(parameter.name, input);
      inside.append(field(whole, parameter, input));
    }
    let body = null;
    const wanted = one.requestBody?.content["application/json"].schema;
    if (wanted) {
      body = make("textarea", { "aria-label": "Body", spellcheck: "false" });
      body.value = JSON.stringify(example(whole, wanted), null, 2);
      inside.append(make("h3", { text: `Body: ${kind(whole, wanted)}` }), ...fields(whole, wanted), body);
    }
    const good = Object.entries(one.responses)[0];
    const given = good[1].content?.["application/json"]?.schema;
    inside.append(make("h3", { text: `Answer ${good[0]}: ${given ? kind(whole, given) : "a picture, or nothing"}` }));
    inside.append(...fields(whole, given?.type === "array" ? given.items : given));
    const answer = make("div", { class: "answer", "aria-live": "polite" });
    const run = () => send(method.toUpperCase(), path, one.parameters, values, body, answer);
    inside.append(make("button", { type: "button", text: method === "get" ? "Ask" : "Do it", onclick: run }), answer);
  }
  return details;
}

async function show() {
  const place = document.getElementById("operations");
  const response = await fetch("openapi.json");
  if (!response.ok) {
    place.replaceChildren(make("p", { text: `The document can't be had (${response.status}).` }));
    return;
  }
  const whole = await response.json();
  document.getElementById("version").textContent = whole.info.version;
  document.getElementById("about").append(...words(whole.info.description));
  const sections = new Map(
    whole.tags.map(({ name }) => [name, make("section", { id: `tag-${name}` }, make("h2", { text: name }))]),
  );
  for (const [path, methods] of Object.entries(whole.paths)) {
    for (const [method, one] of Object.entries(methods)) {
      sections.get(one.tags[0]).append(operation(whole, path, method, one));
    }
  }
  place.replaceChildren(...sections.values());
  document
    .getElementById("headings")
    .append(...[...sections.keys()].map((name) => make("li", {}, make("a", { href: `#tag-${name}`, text: name }))));
  document.getElementById("find").addEventListener("input", (event) => {
    const text = event.target.value.trim().toLowerCase();
    for (const section of sections.values()) {
      const all = [...section.querySelectorAll(".operation")];
      for (const one of all) one.hidden = !one.dataset.text.includes(text);
      section.hidden = all.every((one) => one.hidden);
    }
  });
  const chosen = document.getElementById(location.hash.slice(1));
  if (chosen instanceof HTMLDetailsElement) chosen.open = true;
  chosen?.scrollIntoView();
}

show();
